package org.posthorn.app.transfer.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.salvage.Salvage;

class SalvagedMaildirsTest {
  @TempDir Path root;

  private final List<String> problems = new ArrayList<>();
  private final Salvage.Telling telling =
      new Salvage.Telling() {
        @Override
        public void progress(long messages, long contents) {}

        @Override
        public void problem(String account, String what) {
          problems.add(account + ": " + what);
        }
      };

  @Test
  void aLongNameKeepsNobodyElseOut() throws IOException {
    var maildirs = new SalvagedMaildirs(root, telling);
    take(maildirs, "ann@example.org", "Ж".repeat(120));
    assertThat(maildirs.flush()).isEqualTo(1);
    take(maildirs, "bob@example.org", "INBOX");
    assertThat(maildirs.flush()).isEqualTo(1);
    assertThat(problems).isEmpty();
    assertThat(messages("ann@example.org")).isEqualTo(1);
    assertThat(messages("bob@example.org")).isEqualTo(1);
  }

  /// Where the Maildir of one user shall be is a file.
  @Test
  void whatCannotBeWrittenIsToldAndTheNextIsTaken() throws IOException {
    Files.createFile(root.resolve("ann@example.org"));
    var maildirs = new SalvagedMaildirs(root, telling);
    for (int i = 0; i < 3; i++) {
      take(maildirs, "ann@example.org", "INBOX");
    }
    assertThat(maildirs.flush()).isZero();
    take(maildirs, "bob@example.org", "INBOX");
    assertThat(maildirs.flush()).isEqualTo(1);
    assertThat(problems).singleElement().asString().contains("ann@example.org: 3 messages");
    assertThat(messages("bob@example.org")).isEqualTo(1);
  }

  private static void take(SalvagedMaildirs maildirs, String login, String mailbox)
      throws IOException {
    maildirs.take(
        new Salvage.Letter(
            MailAddress.of(login),
            new MailboxName(mailbox),
            new ContentId("content"),
            "",
            Flags.NONE,
            Instant.parse("2026-11-20T08:00:00Z")),
        new ByteArrayInputStream("Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
  }

  private long messages(String login) throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(login))) {
      return files.filter(file -> file.getFileName().toString().contains(".posthorn:2,")).count();
    }
  }
}
