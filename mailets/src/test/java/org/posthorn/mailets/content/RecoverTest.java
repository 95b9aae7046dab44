package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.TestServices;

/// What was taken out comes back as it was, and to nobody else.
final class RecoverTest implements MailetContract {
  private static final String THREE =
      """
      MIME-Version: 1.0
      Subject: three
      Content-Type: multipart/mixed; boundary=o

      --o
      Content-Type: text/plain; charset=utf-8

      hello
      --o
      Content-Type: application/octet-stream
      Content-Transfer-Encoding: base64
      Content-Disposition: attachment;
       filename="../../etc/a b?.exe"

      QUJD  RA==
      --o
      content-type: IMAGE/png; name="b.exe"
      X-Odd:  spaces\t

      B
      --o--
      epilogue
      """;

  private final TestServices services = new TestServices();

  @TempDir private Path folder;

  @Override
  public Mailet mailet() {
    return recover();
  }

  private Mailet recover() {
    return Making.mailet("RecoverAttachments", Map.of(), services, folder);
  }

  private Mailet strip(String... more) {
    Map<String, Object> named = new HashMap<>(Map.of("names", "*.exe"));
    for (int i = 0; i < more.length; i += 2) {
      named.put(more[i], more[i + 1]);
    }
    return Making.mailet("StripAttachments", named, services, folder);
  }

  @Test
  void putsThemBackByteForByte() {
    Mail mail = mail(THREE);
    Mail stripped = goesOn(strip("keep", "parts"), mail);
    assertThat(stripped.message().toString())
        .doesNotContain("QUJD")
        .doesNotContain("X-Odd")
        .contains("was removed here");
    Mail changed = stripped.withMessage(stripped.message().withHeader("X-Scanned", "yes"));
    Mail back = goesOn(recover(), changed);
    assertThat(back.message().toString()).isEqualTo("X-Scanned: yes\r\n" + mail.message());
    assertThat(back.attributes()).isEmpty();
  }

  @Test
  void putsBackTheOnlyPartOfAMessage() {
    Mail mail = mail("Subject: a\nContent-Type: x/y; name=a.exe\nTo: b@example.org\n\nbytes\n");
    Mail back = goesOn(recover(), goesOn(strip("keep", "parts"), mail));
    assertThat(back.message().toString())
        .isEqualTo(
            "Subject: a\r\nTo: b@example.org\r\nContent-Type: x/y; name=a.exe\r\n\r\nbytes\r\n");
  }

  @Test
  void putsBackWhatWasTakenOutInSteps() {
    Mail mail = mail(THREE);
    Mail stripped =
        goesOn(strip("keep", "parts"), goesOn(strip("keep", "parts", "names", "b.exe"), mail));
    assertThat(goesOn(recover(), stripped).message().toString())
        .isEqualTo(mail.message().toString());
  }

  @Test
  void givesNobodyElseWhatItKeeps() {
    Mail stripped = goesOn(strip("keep", "parts"), mail(THREE));
    String copied = stripped.message().toString();
    assertThat(goesOn(recover(), mail(copied)).message().toString()).isEqualTo(copied);
    Mail other = mail(copied).withAttribute("attachments.parts", "2026-11-22/" + "0".repeat(32));
    assertThat(goesOn(recover(), other).message().toString()).isEqualTo(copied);
    Mail outside = mail(copied).withAttribute("attachments.parts", "../../../etc");
    assertThat(goesOn(recover(), outside).message().toString()).isEqualTo(copied);
  }

  @Test
  void writesFilesWithNamesThatAreSafe() throws IOException {
    Mail stripped = goesOn(strip("keep", "files", "folder", "out"), mail(THREE));
    Path box =
        folder.resolve("out").resolve(stripped.attributes().getOrDefault("attachments.files", ""));
    try (Stream<Path> files = Files.list(box)) {
      assertThat(files.map(file -> file.getFileName().toString()).toList())
          .containsExactlyInAnyOrder("0-a_b_.exe", "1-b.exe");
    }
    assertThat(Files.readString(box.resolve("0-a_b_.exe"))).isEqualTo("ABCD");
    assertThat(Files.readAllBytes(box.resolve("1-b.exe"))).isEqualTo("B".getBytes(UTF_8));
  }

  @Test
  void daysThatAreOverGoAndTheNoteStays() throws IOException {
    Mail stripped = goesOn(strip("keep", "parts", "keep-for", "2d"), mail(THREE));
    Files.createDirectories(folder.resolve("attachments/something else"));
    services.pass(Duration.ofDays(4));
    goesOn(strip("keep", "parts", "keep-for", "2d"), mail(THREE));
    try (Stream<Path> days = Files.list(folder.resolve("attachments"))) {
      assertThat(days.map(day -> day.getFileName().toString()).toList())
          .containsExactlyInAnyOrder("2026-11-26", "something else");
    }
    assertThat(goesOn(recover(), stripped).message().toString()).contains("was removed here");
    assertThat(stripped.attributes().getOrDefault("attachments.parts", ""))
        .startsWith("2026-11-22/");
  }
}
