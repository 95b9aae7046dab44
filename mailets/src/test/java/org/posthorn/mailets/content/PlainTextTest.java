package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;

import jakarta.mail.internet.MimeMessage;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.storage.content.InMemoryContentStore;

/// What Jakarta Mail reads in a message of which only the text was kept.
final class PlainTextTest implements MailetContract {
  @Override
  public Mailet mailet() {
    return Making.mailet("ToPlainText", Map.of());
  }

  @Override
  public Message message(byte[] bytes) {
    return SpooledMessages.of(new InMemoryContentStore(), bytes);
  }

  @Test
  void keepsThePlainAlternativeWithItsEncoding() throws Exception {
    MimeMessage read =
        parse(
            """
            Subject: a
            Content-Type: multipart/mixed; boundary=o
            MIME-Version: 1.0

            --o
            Content-Type: multipart/alternative; boundary=i

            --i
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            gr=FC=DFe
            --i
            Content-Type: text/html

            <b>x</b>
            --i--
            --o
            Content-Type: image/png

            B
            --o--
            """);
    assertThat(read.getContent()).isEqualTo("gr\u00fc\u00dfe\r\n");
    assertThat(read.getSubject()).isEqualTo("a");
    assertThat(read.getHeader("MIME-Version")).hasSize(1);
  }

  @Test
  void makesLinesOfHtml() throws Exception {
    MimeMessage read =
        parse(
            """
            Content-Type: text/html; charset=utf-8

            <html><style>p {}</style><!-- <p> --><p>One
              two&nbsp;<b>th</b>ree</p>
            <p>\u00fc &lt;four&gt;<br>five</p><ul><li>six</li><li>seven</ul></html>
            """);
    assertThat(read.getContent())
        .isEqualTo("One two three\r\n\r\n\u00fc <four>\r\nfive\r\n\r\nsix\r\nseven\r\n\r\n");
    assertThat(read.getContentType()).isEqualTo("text/plain; charset=utf-8");
  }

  @Test
  void leavesSignedMailAndMailWithoutTextAlone() {
    for (String type : new String[] {"multipart/signed; boundary=b", "image/png", "text/plain"}) {
      Mail mail = mail("Content-Type: " + type + "\n\n--b\n\ntext\n--b--\n");
      assertThat(goesOn(mailet(), mail)).as(type).isSameAs(mail);
    }
  }

  private MimeMessage parse(String text) throws Exception {
    return new MimeMessage(null, goesOn(mailet(), mail(text)).message().open());
  }
}
