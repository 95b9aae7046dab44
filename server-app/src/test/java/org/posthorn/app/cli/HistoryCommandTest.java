package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The commands that look at and change the past, in this process, over a real socket.
@Timeout(120)
class HistoryCommandTest {
  private static final String ANN = "ann@example.org";

  private static final List<String> SETTINGS = InProcess.settings("storage.engine=memory");

  @TempDir Path data;

  @Test
  void showsWhoDidWhatUnderTheNamesOfThen() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      run("mailbox", "create", ANN, "Work/2026");
      run("mailbox", "delete", ANN, "Work/2026", "--yes");

      List<String> lines = run("history", ANN).out().lines().toList();
      assertThat(lines.getFirst()).matches("VERSION  WHEN +WHO +WHAT");
      assertThat(lines.get(1)).startsWith("3 ").endsWith("administrator, admin  deleted Work/2026");
      assertThat(lines.get(2)).endsWith("created Work, created Work/2026");
      assertThat(lines.get(3)).contains("directory, admin", "named the owner ann@example.org");
      assertThat(lines).hasSize(4);
      assertThat(run("history", ANN, "--limit", "1").out().lines()).hasSize(2);
      assertThat(run("history", ANN, "--mailbox", "Work").out()).contains("created Work");
      assertThat(run("history", ANN, "--mailbox", "Work").out().lines()).hasSize(2);
      assertThat(run("history", ANN, "--since", "1h", "--json").out().lines().toList().getLast())
          .contains("\"done\":true", "\"changes\":3", "\"exactSince\":0");
      assertThat(run("history", ANN, "--mailbox", "Nowhere").out())
          .isEqualTo("Nothing was changed.\n");
    }
  }

  @Test
  void bringsAFolderBackAfterShowingWhatWillBeDone() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      run("mailbox", "create", ANN, "Work");
      run("mailbox", "delete", ANN, "Work", "--yes");

      assertThat(run("restore", ANN, "--to", "2", "--dry-run").out())
          .matches("(?s)To version 2, of \\d{4}-.*\\n  create Work again\\n");
      assertThat(run("restore", ANN, "--to", "2").status()).as("nobody agreed").isEqualTo(2);
      assertThat(run("mailbox", "list", ANN).out()).doesNotContain("Work");
      assertThat(run("restore", ANN, "--to", "2", "--yes").out())
          .contains("Done: version 4.", "posthorn restore ann@example.org --to 3 --exact");
      assertThat(run("mailbox", "list", ANN).out()).contains("Work");
      assertThat(run("restore", ANN, "--to", "2", "--yes").out())
          .contains("Nothing to do: all is as it was then.");
      assertThat(run("history", ANN, "--limit", "1").out())
          .contains("restored the state of version 2, created Work");
      assertThat(run("restore", ANN, "--to", "3", "--yes", "--json").out())
          .contains("\"step\" : \"remove-mailbox\"");
    }
  }

  /// A program reads one document; what would be done is the question's, or that of `--dry-run`.
  @Test
  void answersForProgramsInOneDocument() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      run("mailbox", "create", ANN, "Work");
      run("mailbox", "delete", ANN, "Work", "--yes");

      Result nobodyAgreed = run("restore", ANN, "--to", "2", "--json");
      assertThat(nobodyAgreed.status()).isEqualTo(2);
      assertThat(nobodyAgreed.out()).isEmpty();
      assertThat(nobodyAgreed.err()).contains("1 step", "--dry-run", "--yes");
      assertThat(document(run("restore", ANN, "--to", "2", "--json", "--dry-run")))
          .containsOnlyOnce("create Work again");
      assertThat(document(run("restore", ANN, "--to", "2", "--json", "--yes")))
          .contains("\"version\" : 4");
      assertThat(document(run("restore", ANN, "--to", "2", "--json"))).contains("\"steps\" : [ ]");
    }
  }

  private static String document(Result result) {
    assertThat(result.isDone()).as(result.err()).isTrue();
    var _ =
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readTree(result.out());
    return result.out();
  }

  @Test
  void refusesAPastThatIsNotKnown() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      assertThat(run("restore", ANN, "--to", "99").status()).isEqualTo(2);
      Result early = run("restore", ANN, "--to", "2020-01-01");
      assertThat(early.status()).isEqualTo(3);
      assertThat(early.err()).contains("The history of this account begins at 20");
      assertThat(run("restore", ANN, "--to", "1", "--mailbox", "X").status()).isEqualTo(3);
      assertThat(run("restore", ANN, "--to", "1", "--message", "X").status()).isEqualTo(2);
      assertThat(run("restore", ANN).status()).isEqualTo(2);
    }
  }

  @Test
  void listsDeletedMessagesAndBringsThemBack() throws IOException {
    try (PosthornServer server = start()) {
      addAnn();
      int port = server.listeners().getFirst().port();
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        imap(
            socket,
            "a LOGIN ann@example.org secret",
            "b APPEND INBOX {41+}\r\nFrom: Bob <bob@example.net>\r\nSubject: Hi\r\n\r\n",
            "c SELECT INBOX",
            "d STORE 1 +FLAGS (\\Deleted)",
            "e EXPUNGE");
      }

      assertThat(run("undelete", ANN).out())
          .contains("E1 ", "ann@example.org, imap", "INBOX", "Bob", "Hi", "41 B");
      assertThat(run("undelete", ANN, "--list", "--json").out()).contains("\"until\":\"20");
      assertThat(run("undelete", ANN, "E9").status()).isEqualTo(3);
      for (List<String> both :
          List.of(
              List.of("E1", "--list"), List.of("--all", "--list"), List.of("--into", "Rescued"))) {
        List<String> command = new ArrayList<>(List.of("undelete", ANN));
        command.addAll(both);
        assertThat(run(command.toArray(String[]::new)).status()).isEqualTo(2);
      }
      assertThat(run("undelete", ANN, "E1", "--mailbox", "Sent").status()).isEqualTo(3);
      assertThat(run("undelete", ANN, "E1").out()).isEqualTo("bring 1 message back into INBOX\n");
      assertThat(run("undelete", ANN).out()).contains("Nothing was deleted");
      assertThat(run("undelete", ANN, "E1", "--all").status()).isEqualTo(2);
      assertThat(run("history", ANN, "--limit", "1").out()).contains("brought back 1 message to");
      assertThat(run("verify").out()).contains("all is well");
    }
  }

  private static void imap(Socket socket, String... commands) throws IOException {
    var reader =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    reader.readLine();
    for (String command : commands) {
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      String tag = command.substring(0, 2);
      String line = reader.readLine();
      while (!line.startsWith(tag)) {
        line = reader.readLine();
      }
      assertThat(line).startsWith(tag + "OK");
    }
  }

  @Test
  void saysHowLongThingsAreKept() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      assertThat(run("user", "show", ANN).out()).contains("history   30 days");
      assertThat(run("domain", "set", "example.org", "--history", "90d", "--trash", "30d").out())
          .contains("is changed");
      assertThat(run("user", "show", ANN).out()).contains("history   90 days");
      assertThat(run("user", "set", ANN, "--history", "2w").status()).isZero();
      assertThat(run("user", "show", ANN).out()).contains("history   14 days");
      assertThat(run("user", "set", ANN, "--history", "12h").err()).contains("30d, or default");
      assertThat(run("user", "set", ANN, "--history", "none").status()).isEqualTo(2);
      assertThat(run("mailbox", "list", ANN).out()).containsPattern("Trash .* 30d\n");
      assertThat(run("mailbox", "set", ANN, "Trash", "--retention", "none").out())
          .isEqualTo("Messages stay in Trash.\n");
      assertThat(run("mailbox", "set", ANN, "Sent", "--retention", "365d").out())
          .contains("Messages leave Sent after 365 days");
      assertThat(run("mailbox", "list", ANN).out())
          .containsPattern("Sent .* 365d\n")
          .doesNotContain(" 30d");
      assertThat(run("mailbox", "set", ANN, "Nowhere", "--retention", "1d").status()).isEqualTo(3);
      assertThat(run("history", ANN, "--limit", "1").out())
          .contains("set messages of Sent to stay for 365 days");
    }
  }

  @Test
  void saysWhatIsWrongWithAQuestion() throws IOException {
    try (PosthornServer _ = start()) {
      addAnn();
      assertThat(run("history", ANN, "--since", "soon").status()).isEqualTo(2);
      assertThat(run("history", ANN, "--since", "soon").err()).contains("is not a time");
      assertThat(run("history", "bob@example.org").status()).isEqualTo(3);
    }
  }

  private void addAnn() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    run("user", "add", ANN, "--create-domain", "--password-file", password.toString());
  }

  private PosthornServer start() throws IOException {
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), SETTINGS));
  }

  private Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }
}
