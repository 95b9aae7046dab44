package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;
import static org.posthorn.mailets.content.Making.refuses;

import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;

/// What Jakarta Mail reads in a message in which words were replaced.
final class ReplaceTextTest implements MailetContract {
  @Override
  public Mailet mailet() {
    return replace("line (of)", "LINE $1");
  }

  private static Mailet replace(String expression, String other) {
    return Making.mailet("ReplaceText", Map.of("replace", Map.of(expression, other)));
  }

  private static MimeMessage parse(Mail mail) throws Exception {
    return new MimeMessage(null, mail.message().open());
  }

  @Test
  void replacesInTheSubjectAndInBothTexts() throws Exception {
    String two =
        """
        Subject: =?utf-8?q?Projekt_B=C3=A4r?= starts
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary=o

        --o
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        sch=F6n, Projekt B=E4r und PROJEKT b=E4r=
        !
        --o
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PGI+UHJvamVrdCBCw6RyPC9iPgo=
        --o--
        """;
    MimeMessage read = parse(goesOn(replace("projekt b\u00e4r", "Projekt X"), mail(two)));
    assertThat(read.getSubject()).isEqualTo("Projekt X starts");
    var parts = (MimeMultipart) read.getContent();
    assertThat(parts.getBodyPart(0).getContent()).isEqualTo("sch\u00f6n, Projekt X und Projekt X!");
    assertThat(parts.getBodyPart(0).getContentType()).contains("iso-8859-1");
    assertThat(parts.getBodyPart(1).getContent()).isEqualTo("<b>Projekt X</b>\n");
  }

  @Test
  void becomesUtf8WhereTheWordsNeedIt() throws Exception {
    MimeMessage read =
        parse(goesOn(replace("x", "\u4e16"), mail("Content-Type: text/plain\n\nfax\n")));
    assertThat(read.getContent()).isEqualTo("fa\u4e16\r\n");
    assertThat(read.getContentType()).containsIgnoringCase("utf-8");
  }

  @Test
  void aTextInWhichNothingFitsKeepsItsBytes() {
    Mail mail = mail("Subject: a\nContent-Transfer-Encoding: quoted-printable\n\nodd=20=\n=3D\n");
    assertThat(goesOn(replace("nothing", "x"), mail)).isSameAs(mail);
    Mail wrong =
        mail(
            HeapMessage.of(
                "Content-Type: text/plain; charset=utf-8\r\n\r\nx \u00e4\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(goesOn(replace("x", "y"), wrong)).isSameAs(wrong);
    Mail unnamed =
        mail(
            HeapMessage.of("Subject: a\r\n\r\nx \u00e4\r\n".getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(goesOn(replace("x", "y"), unnamed).message().open())
        .hasBinaryContent("Subject: a\r\n\r\ny \u00e4\r\n".getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void leavesSignedMailAndAttachmentsAlone() {
    Mail signed = mail("Content-Type: multipart/signed; boundary=o\n\n--o\n\nx\n--o\n\ns\n--o--\n");
    assertThat(goesOn(replace("x", "y"), signed)).isSameAs(signed);
    Mail attached =
        mail(
            """
            Content-Type: multipart/mixed; boundary=o

            --o

            a body
            --o
            Content-Type: text/plain; name=a.txt

            x
            --o--
            """);
    assertThat(goesOn(replace("x$", "y"), attached).message().toString()).contains("\r\n\r\nx\r\n");
  }

  @Test
  void onlyWhereItIsTold() {
    Mail mail = mail("Subject: x\n\nx\n");
    Mailet subject =
        Making.mailet("ReplaceText", Map.of("replace", Map.of("x", "y"), "in", "subject"));
    assertThat(goesOn(subject, mail).message().toString()).isEqualTo("Subject: y\r\n\r\nx\r\n");
    Mailet text = Making.mailet("ReplaceText", Map.of("replace", Map.of("x", "y"), "in", "text"));
    assertThat(goesOn(text, mail).message().toString()).isEqualTo("Subject: x\r\n\r\ny\r\n");
  }

  @Test
  void longLinesAreChangedToTheirEnds() {
    String line = "ab ".repeat(100_000);
    assertThat(goesOn(replace("b", "c"), mail("\n" + line + "\n")).message().toString())
        .contains("ac ".repeat(100_000));
  }

  @Test
  void givesUpRatherThanTakeTheServersTime() {
    assertThatThrownBy(
            () -> replace("(a*)*b", "c").service(mail("\n" + "a".repeat(60_000) + "\n", "x@y.z")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("takes too long");
  }

  @Test
  void refusesWhatMakesNoSense() {
    refuses("ReplaceText", Map.of(), "replace");
    refuses("ReplaceText", Map.of("replace", Map.of("(", "x")), "'('");
    refuses("ReplaceText", Map.of("replace", Map.of("x", "$1")), "parentheses");
    refuses("ReplaceText", Map.of("replace", Map.of("x", "costs $")), "write \\$");
  }
}
