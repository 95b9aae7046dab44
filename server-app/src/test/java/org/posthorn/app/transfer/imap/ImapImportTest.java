package org.posthorn.app.transfer.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess;

/// An account on a server that keeps mod-sequences is taken again and again.
class ImapImportTest {
  private static final int MESSAGES = 5_203;
  private static final List<String> SETTINGS = InProcess.settings("storage.engine=memory");

  @TempDir Path data;
  @TempDir Path files;

  private PosthornServer server;

  @BeforeEach
  void start() throws IOException {
    server = PosthornServer.start(data, new ConfigSource(Optional.empty(), SETTINGS));
    Path password = Files.writeString(files.resolve("password"), "secret\n");
    run("domain", "add", "example.org");
    for (String name : List.of("ann", "bob")) {
      run("user", "add", name + "@example.org", "--password-file", password.toString());
    }
    Path mbox = Files.writeString(files.resolve("mbox"), mbox(0, MESSAGES));
    assertThat(run("import", "mbox", mbox.toString(), "--user", "ann@example.org", "--into", "Big"))
        .contains("5,203 messages imported");
  }

  @AfterEach
  void everythingFitsTogether() {
    assertThat(run("verify", "--deep")).contains("all is well");
    server.close();
  }

  @Test
  void aLargeMailboxComesWholeInPartsAndThenOnlyWhatChanged() throws IOException {
    assertThat(take()).contains("5,203 messages imported:");
    assertThat(run("mailbox", "list", "bob@example.org")).containsPattern("Big +5203 ");
    assertThat(take()).contains("0 messages imported, 5,203 were there already:");

    imap("SELECT Big", "STORE 3,5200 +FLAGS (\\Flagged $work)", "UNSELECT");
    Path more = Files.writeString(files.resolve("more"), mbox(MESSAGES, 7));
    run("import", "mbox", more.toString(), "--user", "ann@example.org", "--into", "Big");

    assertThat(take())
        .contains("7 messages imported, 5,203 were there already, flags of 2 changed:");
    assertThat(take()).contains("0 messages imported, 5,210 were there already:");
  }

  @Test
  void whatIsGoneThereGoesHere() throws IOException {
    assertThat(take("--delete")).contains("5,203 messages imported:");
    imap("SELECT Big", "STORE 2:4,5203 +FLAGS.SILENT (\\Deleted)", "EXPUNGE");
    assertThat(take("--delete")).contains("5,199 were there already, 4 removed:");
    assertThat(take("--delete")).contains("0 messages imported, 5,199 were there already:");
    assertThat(run("mailbox", "list", "bob@example.org")).containsPattern("Big +5199 ");
  }

  @Test
  void whatWasGoneBeforeAnybodyAskedForItGoesToo() throws IOException {
    assertThat(take()).contains("5,203 messages imported:");
    imap("SELECT Big", "STORE 1 +FLAGS.SILENT (\\Deleted)", "EXPUNGE");
    assertThat(take()).contains("5,202 were there already:");
    assertThat(take("--delete")).contains("1 removed:");
  }

  @Test
  void whatWasLeftOutComesTheNextTime() {
    run("user", "set", "bob@example.org", "--quota-messages", "100");
    assertThat(take()).contains("100 messages imported");
    run("user", "set", "bob@example.org", "--quota-messages", "none");
    assertThat(take()).contains("5,103 messages imported, 100 were there already:");
    assertThat(take()).contains("0 messages imported, 5,203 were there already:");
  }

  @Test
  void howFarItCameIsKnownAlsoWhereNothingElseChanged() throws IOException {
    assertThat(take()).contains("5,203 messages imported:");
    assertThat(take("--delete")).contains("0 messages imported, 5,203 were there already:");
    imap("SELECT Big", "STORE 1 +FLAGS.SILENT (\\Deleted)", "EXPUNGE");
    assertThat(take("--delete")).contains("0 messages imported, 5,202 were there already, 1 rem");
  }

  private String take(String... options) {
    Stream<String> command =
        Stream.of(
            "import",
            "imap",
            "--from",
            "127.0.0.1:" + server.listeners().getFirst().port(),
            "--plain-on-loopback",
            "--login",
            "ann@example.org",
            "--password-file",
            files.resolve("password").toString(),
            "--user",
            "bob@example.org");
    return run(Stream.concat(command, Stream.of(options)).toArray(String[]::new));
  }

  private static String mbox(int first, int count) {
    var mbox = new StringBuilder();
    for (int i = first; i < first + count; i++) {
      mbox.append("From ann@example.org Fri Nov 27 07:33:07 2026\nSubject: ")
          .append(i)
          .append("\n\ntext\n\n");
    }
    return mbox.toString();
  }

  private void imap(String... commands) throws IOException {
    try (var socket =
            new Socket(InetAddress.getLoopbackAddress(), server.listeners().getFirst().port());
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String command :
          Stream.concat(Stream.of("LOGIN ann@example.org secret"), Stream.of(commands)).toList()) {
        socket.getOutputStream().write(("t " + command + "\r\n").getBytes(StandardCharsets.UTF_8));
        String line = in.readLine();
        while (!line.startsWith("t ")) {
          line = in.readLine();
        }
        assertThat(line).startsWith("t OK");
      }
    }
  }

  private String run(String... arguments) {
    InProcess.Result result = InProcess.run(data, arguments);
    return result.out() + result.err();
  }
}
