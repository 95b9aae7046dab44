package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;
import static org.posthorn.mailets.content.Making.refuses;

import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailets.match.Mailbag;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.storage.content.InMemoryContentStore;

/// What Jakarta Mail reads in a message from which attachments were taken.
final class StripTest implements MailetContract {
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
      Content-Disposition: attachment; filename*=utf-8''b%C3%B6se.EXE

      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      --o
      Content-Type: image/png; name="a.png"
      Content-Transfer-Encoding: base64

      BBBB
      --o--
      """;

  @Override
  public Mailet mailet() {
    return Making.mailet(
        "StripAttachments", Map.of("names", List.of("*.exe"), "types", List.of("video/*")));
  }

  @Override
  public Message message(byte[] bytes) {
    return SpooledMessages.of(new InMemoryContentStore(), bytes);
  }

  @Test
  void leavesANoteInTheirPlaceAndTheRestAsItIs() throws Exception {
    var parts = (MimeMultipart) parse(goesOn(mailet(), mail(THREE))).getContent();
    assertThat(parts.getCount()).isEqualTo(3);
    assertThat(parts.getBodyPart(0).getContent()).isEqualTo("hello");
    assertThat(parts.getBodyPart(1).getContent())
        .isEqualTo(
            "An attachment was removed here: b\u00f6se.EXE (application/octet-stream, 1 KB)");
    assertThat(parts.getBodyPart(1).getFileName()).isNull();
    assertThat(parts.getBodyPart(2).getContentType()).contains("image/png");
  }

  @Test
  void findsNamesHoweverTheyAreWritten() {
    for (String header :
        List.of(
            "Content-Type: text/plain; name=evil.exe",
            "Content-Disposition: attachment; filename=\"evil.exe. \"",
            "Content-Disposition: attachment; filename=\"=?utf-8?b?ZXZpbC5leGU=?=\"",
            "Content-Disposition: attachment; filename*0=\"evi\"; filename*1=\"l.exe\"",
            "content-type: x/y;\n\tname = EVIL.EXE (comment)",
            "Content-Disposition: attachment; filename=evil.exe; filename*=utf-8''harmless.txt",
            "Content-Disposition: attachment; filename=evil.exe; filename*0=harm; filename*1=less",
            "Content-Type: x/y; " + "a=b;".repeat(10) + " name=x; name=evil.exe",
            "Content-Type: x/y; " + manyParameters() + "name=evil.exe",
            "Content-Disposition: attachment; " + manyParameters() + "filename*=''evil.exe",
            "Content-Type: x/y; a=" + "b".repeat(5_000) + "; name=evil.exe",
            "Content-Disposition: attachment;\n a="
                + "b".repeat(5_000)
                + ";\n filename=evil.exe")) {
      String text =
          "Content-Type: multipart/mixed; boundary=o\n\n--o\n" + header + "\n\nMZ\n--o--\n";
      assertThat(goesOn(mailet(), mail(text)).message().toString())
          .as(header)
          .doesNotContain("MZ")
          .contains("was removed here");
    }
  }

  private static String manyParameters() {
    return IntStream.range(0, 1_200).mapToObj(i -> "a" + i + "=b;").collect(Collectors.joining());
  }

  @Test
  void looksIntoMessagesUnderATransferEncoding() {
    for (String name : List.of("evil.exe", "evil.txt")) {
      byte[] inside = THREE.replace("b%C3%B6se.EXE", name).getBytes(UTF_8);
      String text =
          "Content-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: message/rfc822\n"
              + "Content-Transfer-Encoding: base64\n\n"
              + Base64.getMimeEncoder().encodeToString(inside)
              + "\n--f--\n";
      String stripped = goesOn(mailet(), mail(text)).message().toString();
      assertThat(stripped.contains("was removed here: no name (message/rfc822"))
          .isEqualTo(name.endsWith("exe"));
    }
  }

  @Test
  void takesTheOnlyPartOfAMessageAndKeepsItsHeader() throws Exception {
    Mail mail =
        goesOn(
            mailet(),
            mail(
                """
                Subject: a
                Content-Type: x/y; name=e.exe
                Content-Transfer-Encoding: base64
                To: b@example.org
                MIME-Version: 1.0

                AAAA
                """));
    MimeMessage read = parse(mail);
    assertThat(read.getContent().toString())
        .isEqualTo("An attachment was removed here: e.exe (x/y, 1 KB)");
    assertThat(read.getSubject()).isEqualTo("a");
    assertThat(read.getHeader("To")).containsExactly("b@example.org");
    assertThat(read.getHeader("Content-Transfer-Encoding")).hasSize(1);
  }

  @Test
  void findsThePlaceInAMessageWhoseHeaderWasChangedBefore() throws Exception {
    Message spooled =
        message((Mailbag.crowd() + THREE).replace("\n", "\r\n").getBytes(UTF_8))
            .withoutHeaders(field -> field.is("Cc"))
            .withHeader("X-First", "1");
    Mail changed = goesOn(mailet(), mail(THREE).withMessage(spooled));
    MimeMessage read = parse(changed);
    assertThat(((MimeMultipart) read.getContent()).getBodyPart(1).getContent().toString())
        .startsWith("An attachment was removed here:");
    assertThat(read.getHeader("X-First")).containsExactly("1");
    assertThat(read.getHeader("Cc")).isNull();
    assertThat(read.getHeader("To", "")).endsWith("x@example.org");
  }

  @Test
  void looksIntoMessagesInside() throws Exception {
    String inside =
        "Content-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: message/rfc822\n\n"
            + THREE
            + "--f--\n";
    var outer = (MimeMultipart) parse(goesOn(mailet(), mail(inside))).getContent();
    var message = (MimeMessage) ((MimeBodyPart) outer.getBodyPart(0)).getContent();
    var parts = (MimeMultipart) message.getContent();
    assertThat(parts.getBodyPart(1).getContent().toString()).contains("was removed here");
    assertThat(message.getSubject()).isEqualTo("three");
  }

  @Test
  void takesAllAboveASize() {
    Mailet large = Making.mailet("StripAttachments", Map.of("over", "10B"));
    assertThat(goesOn(large, mail(THREE)).message().toString())
        .contains("se.EXE (app")
        .contains("image/png; name=\"a.png\"");
    Mailet all = Making.mailet("StripAttachments", Map.of("names", "*", "note", "Gone:"));
    assertThat(goesOn(all, mail(THREE)).message().toString())
        .contains("Gone: a.png (image/png, 1 KB)")
        .contains("hello");
    refuses("StripAttachments", Map.of(), "is needed");
  }

  @Test
  void isNotBlindedByManyAddressesAndBouncesTooManyParts() {
    String crowd = Mailbag.crowd() + THREE;
    assertThat(goesOn(mailet(), mail(crowd)).message().toString())
        .contains("was removed here")
        .contains("x@example.org");
    String many =
        "Content-Type: multipart/mixed; boundary=o\n\n" + "--o\n\nx\n".repeat(30_000) + "--o--\n";
    assertThat(mailet().service(mail(many, "ann@example.org"))).isInstanceOf(Outcome.Route.class);
  }

  /// Nothing that is kept goes early, and no mail is lost: it waits.
  @Test
  void whatIsKeptHasALimitAndAnEnd(@TempDir Path data) {
    var services = new TestServices();
    Map<String, String> settings =
        Map.of("names", "*.exe", "keep", "files", "keep-limit", "1B", "keep-for", "2d");
    Mailet keeps = Making.mailet("StripAttachments", settings, services, data);
    assertThat(services.metrics().shown("attachments.bytes")).isZero();
    assertThat(keeps.service(mail(THREE))).isInstanceOf(Outcome.Continue.class);
    long kept = services.metrics().shown("attachments.bytes");
    assertThat(kept).isPositive();
    assertThat(((Outcome.Retry) keeps.service(mail(THREE))).reason())
        .isEqualTo("The folder attachments has its 0 MB; remove what is old, or raise the limit");
    // Another step with the same folder, as after a reload, finds it full too.
    Mailet other = Making.mailet("StripAttachments", settings, services, data);
    assertThat(services.metrics().shown("attachments.bytes")).isEqualTo(kept);
    assertThat(other.service(mail(THREE))).isInstanceOf(Outcome.Retry.class);
    services.pass(Duration.ofDays(2));
    assertThat(keeps.service(mail(THREE))).isInstanceOf(Outcome.Retry.class);
    services.pass(Duration.ofDays(2));
    assertThat(keeps.service(mail(THREE))).isInstanceOf(Outcome.Continue.class);
    assertThat(services.metrics().shown("attachments.bytes")).isEqualTo(kept);
  }

  private static MimeMessage parse(Mail mail) throws Exception {
    return new MimeMessage(null, mail.message().open());
  }
}
