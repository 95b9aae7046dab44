package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;
import static org.posthorn.mailets.content.Making.refuses;

import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.match.Mailbag;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.storage.content.InMemoryContentStore;

/// What Jakarta Mail reads in a message that got a footer.
final class FooterTest implements MailetContract {
  @Override
  public Mailet mailet() {
    return Making.mailet("AddFooter", Map.of("text", "-- \nB\u00fcro <1> \u20ac"));
  }

  @Override
  public Message message(byte[] bytes) {
    return SpooledMessages.of(new InMemoryContentStore(), bytes);
  }

  private static Mailet plain() {
    return Making.mailet("AddFooter", Map.of("text", "the end"));
  }

  @Test
  void standsBelowPlainTextAndChangesNothingElse() {
    String before = "Subject: a\n\nhello\n";
    assertThat(goesOn(plain(), mail(before)).message().toString())
        .isEqualTo((before + "the end\n").replace("\n", "\r\n"));
    assertThat(goesOn(plain(), mail("Subject: a\n\nhello")).message().toString())
        .endsWith("\r\n\r\nhello\r\nthe end\r\n");
  }

  @Test
  void isReadInEachCharacterSetAndEncoding() throws Exception {
    for (String charset : List.of("utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "UTF-16")) {
      byte[] text = "gr\u00fc\u00df dich\r\n".getBytes(Charset.forName(charset));
      for (String encoding : List.of("8bit", "base64", "quoted-printable")) {
        if (charset.equals("UTF-16") && !encoding.equals("base64")) {
          continue;
        }
        String type = "text/plain; charset=" + charset + "; x=\"y\"";
        Mail mail = goesOn(mailet(), mail(single(type, encoding, text)));
        MimeMessage read = parse(mail);
        assertThat(read.getContent())
            .as(charset + " " + encoding)
            .isEqualTo("gr\u00fc\u00df dich\r\n-- \r\nB\u00fcro <1> \u20ac\r\n");
        assertThat(read.getContentType()).contains("x=\"y\"");
      }
    }
  }

  @Test
  void makesUtf8OfUnlabelledTextOnlyWhenItMust() throws Exception {
    Mail mail = goesOn(mailet(), mail("Subject: a\n\nhello\n"));
    assertThat(parse(mail).getContent()).isEqualTo("hello\r\n-- \r\nB\u00fcro <1> \u20ac\r\n");
    assertThat(mail.message().toString().chars()).allMatch(c -> c < 128);
    assertThat(parse(mail).getHeader("MIME-Version")).containsExactly("1.0");
    assertThat(parse(mail).getSubject()).isEqualTo("a");
  }

  @Test
  void standsAtTheEndOfHtmlInsideTheBody() throws Exception {
    String html = "<html><body>gr\u00fc\u00df</BODY ></html>\r\n";
    for (String encoding : List.of("8bit", "base64", "quoted-printable")) {
      Mail mail =
          goesOn(
              mailet(),
              mail(single("text/html; charset=iso-8859-1", encoding, html.getBytes(ISO_8859_1))));
      assertThat(parse(mail).getContent())
          .as(encoding)
          .isEqualTo(
              """
              <html><body>gr\u00fc\u00df<div><br>-- <br>
              B&#252;ro &lt;1&gt; &#8364;</div>
              </BODY ></html>
              """
                  .replace("\n", "\r\n"));
    }
    Mailet own = Making.mailet("AddFooter", Map.of("text", "x", "html", "<p>\u00fc</p>"));
    assertThat(parse(goesOn(own, mail("Content-Type: text/html\n\n<b>a</b>"))).getContent())
        .isEqualTo("<b>a</b><p>&#252;</p>");
  }

  @Test
  void goesIntoBothAlternativesAndIntoNoAttachment() throws Exception {
    Mail mail =
        goesOn(
            plain(),
            mail(
                """
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary=o

                --o
                Content-Type: multipart/alternative; boundary=i

                --i

                text
                --i
                Content-Type: text/html

                <p>html</p>
                --i--
                --o
                Content-Type: text/plain

                attached
                --o--
                """));
    var outer = (MimeMultipart) parse(mail).getContent();
    var inner = (MimeMultipart) outer.getBodyPart(0).getContent();
    assertThat(inner.getBodyPart(0).getContent()).isEqualTo("text\r\nthe end\r\n");
    assertThat(inner.getBodyPart(1).getContent().toString())
        .isEqualTo("<p>html</p><div><br>the end</div>\r\n");
    assertThat(outer.getBodyPart(1).getContent()).isEqualTo("attached");
  }

  @Test
  void leavesSignedAndEncryptedMailAndReportsAlone() {
    for (String type :
        List.of(
            "multipart/signed; protocol=\"application/pgp-signature\"; boundary=b",
            "multipart/encrypted; boundary=b",
            "multipart/report; report-type=delivery-status; boundary=b",
            "application/pkcs7-mime; smime-type=signed-data")) {
      Mail mail = mail("Content-Type: " + type + "\n\n--b\n\ntext\n--b\n\nmore\n--b--\n");
      assertThat(goesOn(plain(), mail)).as(type).isSameAs(mail);
    }
    Mail wrapped =
        mail(
            """
            Content-Type: multipart/mixed; boundary=o

            --o

            list head
            --o
            Content-Type: multipart/signed; boundary=b

            --b

            text
            --b--
            --o--
            """);
    assertThat(goesOn(plain(), wrapped)).isSameAs(wrapped);
    Mail armored = mail("Subject: a\n\n-----BEGIN PGP SIGNED MESSAGE-----\nx\n");
    assertThat(goesOn(plain(), armored)).isSameAs(armored);
  }

  @Test
  void doesNotFlowInFlowedText() {
    Mailet mailet = Making.mailet("AddFooter", Map.of("text", "-- \nFrom us \n> quoted"));
    assertThat(
            goesOn(mailet, mail("Content-Type: text/plain; format=flowed\n\nhello \nyou\n"))
                .message()
                .toString())
        .endsWith("hello \r\nyou\r\n-- \r\n From us\r\n > quoted\r\n");
  }

  @Test
  void takesLargeTextInBase64() throws Exception {
    byte[] text = "0123456789abcdefgh\r\n".repeat(200_000).getBytes(UTF_8);
    Mail mail = goesOn(plain(), mail(single("text/plain; charset=utf-8", "base64", text)));
    assertThat(parse(mail).getContent()).isEqualTo(new String(text, UTF_8) + "the end\r\n");
  }

  @Test
  void leavesAloneWhatItCannotLookThrough() {
    Mail many =
        mail("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nhello\n".repeat(30_000));
    assertThat(goesOn(plain(), many)).isSameAs(many);
  }

  @Test
  void looksThroughAMailToVeryMany() {
    Mail crowd = mail(Mailbag.crowd() + "\nhello\n");
    assertThat(goesOn(plain(), crowd).message().toString()).endsWith("hello\r\nthe end\r\n");
  }

  @Test
  void refusesNoWordsAndEndlessLines() {
    refuses("AddFooter", Map.of("text", " \n"), "some words");
    refuses("AddFooter", Map.of("text", "x".repeat(1_000)), "at most 900 characters");
  }

  private static MimeMessage parse(Mail mail) throws Exception {
    return new MimeMessage(null, mail.message().open());
  }

  private static HeapMessage single(String type, String encoding, byte[] text) throws Exception {
    byte[] body =
        switch (encoding) {
          case "base64" -> Base64.getMimeEncoder().encode(text);
          case "quoted-printable" ->
              Pumped.encoded(new java.io.ByteArrayInputStream(text), encoding).readAllBytes();
          default -> text;
        };
    var all = new ByteArrayOutputStream();
    all.writeBytes(
        "MIME-Version: 1.0\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n"
            .formatted(type, encoding)
            .getBytes(UTF_8));
    all.writeBytes(body);
    return HeapMessage.of(all.toByteArray());
  }
}
