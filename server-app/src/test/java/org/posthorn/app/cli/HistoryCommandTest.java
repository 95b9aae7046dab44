package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;

/// The commands that look at and change the past, in this process, over a real socket.
@Timeout(120)
class HistoryCommandTest {
  private static final String ANN = "ann@example.org";

  private static final List<String> SETTINGS =
      List.of(
          "smtp.mx.enabled=false",
          "smtp.submission.enabled=false",
          "smtp.submissions.enabled=false",
          "smtp.lmtp.enabled=false",
          "imap={plain: ~, tls: ~}",
          "pop3={plain: ~, tls: ~}",
          "storage.engine=memory",
          "storage.logins.hash-memory-bytes=8MB",
          "storage.logins.hash-iterations=1");

  @TempDir Path data;

  private record Result(int status, String out, String err) {}

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
    var out = new StringWriter();
    var err = new StringWriter();
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--data";
    all[arguments.length + 1] = data.toString();
    int status = Posthorn.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    return new Result(status, out.toString(), err.toString());
  }
}
