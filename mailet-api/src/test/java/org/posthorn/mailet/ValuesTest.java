package org.posthorn.mailet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Part;

/// What plugins are given and make: changed copies, and what is refused.
final class ValuesTest {
  private static final String MIXED =
      """
      Subject: figures
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=b

      --b
      Content-Type: text/plain

      See below.
      --b
      Content-Type: text/csv; charset=iso-8859-1; name="z=?utf-8?q?=C3=A4?=.csv"
      Content-Transfer-Encoding: base64
      X-Kept: yes

      YTtiCuQ7MQo=
      --b--
      """;

  @Test
  void aPartIsReadWithoutItsTransferEncoding() {
    Message message = HeapMessage.of(MIXED);
    Part csv = message.structure().parts().get(2);
    assertThat(csv.is("Text/CSV")).isTrue();
    assertThat(csv.fileName()).isPresent();
    assertThat(new String(message.read(csv, 100), csv.charset())).isEqualTo("a;b\nä;1\n");
    assertThatThrownBy(() -> message.read(csv, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The part has more than 5 bytes");
  }

  @Test
  void aPartIsReplacedWhileTheRestStays() {
    Message message = HeapMessage.of(MIXED);
    Part csv = message.structure().parts().get(2);

    Message changed =
        message.withPart(
            csv,
            List.of(new HeaderField("Content-Type", "text/html; charset=utf-8")),
            "<p>ä</p>".getBytes(UTF_8));

    assertThat(changed)
        .hasToString(
            MIXED
                .replace("\n", "\r\n")
                .replaceFirst("(?s)Content-Type: text/csv.*base64\r\n", "")
                .replace(
                    "X-Kept: yes\r\n\r\nYTtiCuQ7MQo=",
                    "X-Kept: yes\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4</p>"));
    Part html = changed.structure().parts().get(2);
    assertThat(new String(changed.read(html, 100), html.charset())).isEqualTo("<p>ä</p>");
  }

  @Test
  void theRootIsAPartToo() {
    Message message = HeapMessage.of("Subject: x\nContent-Type: text/plain\n\nhello\n");
    Message changed =
        message.withPart(
            message.structure().root(),
            List.of(new HeaderField("Content-Type", "application/x-thing")),
            new byte[] {1, 2, 3});
    assertThat(changed)
        .hasToString(
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/x-thing\r\nContent-Transfer-Encoding: base64\r\n\r\nAQID\r\n");
    assertThatThrownBy(() ->
            message.withPart(
                message.structure().root(), List.of(new HeaderField("Subject", "y")), new byte[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("begin with Content-");
  }

  /// RFC 2045 §4: what has a `Content-Type` for its readers says that it is MIME, once.
  @Test
  void whatBeginsAMessageSaysThatItIsMimeWhenItIsReplaced() {
    var html = List.of(new HeaderField("Content-Type", "text/html; charset=utf-8"));
    Message plain = HeapMessage.of("Subject: x\r\n\r\nhi ü");
    assertThat(plain.withPart(plain.structure().root(), html, "ü".getBytes(UTF_8)))
        .hasToString(
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n");
    Message mime = HeapMessage.of("mime-version: 1.0\r\nSubject: x\r\n\r\nhi");
    assertThat(mime.withPart(mime.structure().root(), html, "ü".getBytes(UTF_8)).toString())
        .startsWith("mime-version: 1.0\r\nSubject: x\r\nContent-Type: text/html")
        .doesNotContain("MIME-Version");
    Message outer =
        HeapMessage.of(
            "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nhi\r\n");
    assertThat(outer.withPart(outer.structure().parts().get(1), html, "ü".getBytes(UTF_8)))
        .hasToString(
            "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n");
  }

  @Test
  void anAttachmentComesLastInAMixedMessage() {
    Message message = HeapMessage.of(MIXED);
    Message changed = message.withAttachment("a.bin", "application/x-thing", new byte[] {1, 2, 3});
    assertThat(changed)
        .hasToString(
            MIXED
                .replace(
                    "\n--b--",
                    """

                    --b
                    Content-Type: application/x-thing
                    Content-Disposition: attachment;
                     filename="a.bin"
                    Content-Transfer-Encoding: base64

                    AQID
                    --b--\
                    """)
                .replace("\n", "\r\n"));
  }

  @Test
  void withAnAttachmentAnyOtherMessageIsThePartBeforeIt() {
    String body = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    Message changed =
        HeapMessage.of("Subject: x\r\n" + body + "\r\nhellö\r\n")
            .withAttachment("Zähler \"7\".csv", "text/csv; charset=utf-8", "ä;1\n".getBytes(UTF_8));
    assertThat(changed.toString())
        .startsWith("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=")
        .contains(
            "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--", body + "\r\nhellö\r\n\r\n--part-");
    Part csv = changed.structure().parts().getLast();
    assertThat(csv.is("text/csv")).isTrue();
    assertThat(csv.fileName()).contains("Zähler \"7\".csv");
    assertThat(changed.read(csv, 100)).isEqualTo("ä;1\n".getBytes(UTF_8));
  }

  /// Whatever it is to: what was there is there byte for byte, and what is new is found.
  @Test
  void anAttachmentFitsToEveryMessage() throws Exception {
    var mails = new RandomMails(7, HeapMessage::of);
    for (int i = 0; i < 500; i++) {
      Message message = mails.next().message();
      byte[] content = message.headers().toString().getBytes(UTF_8);
      Message changed =
          message
              .withAttachment("one.bin", "application/x-one", content)
              .withAttachment("two.bin", "application/x-two", content);
      List<Part> parts = changed.structure().parts();
      assertThat(changed.read(parts.getLast(), content.length)).isEqualTo(content);
      assertThat(parts.getLast().fileName()).contains("two.bin");
      assertThat(parts.get(parts.size() - 2).fileName()).contains("one.bin");
      try (var before = message.open();
          var after = changed.open()) {
        before.skipNBytes(message.structure().root().bodyStart());
        String body = new String(before.readAllBytes(), ISO_8859_1);
        assertThat(new String(after.readAllBytes(), ISO_8859_1))
            .contains(body.endsWith("--\r\n") ? body.substring(0, body.length() - 8) : body);
      }
    }
  }

  @Test
  void anAttachmentThatMakesNoSenseIsRefused() {
    Message message = HeapMessage.of(MIXED);
    for (String type :
        List.of("text", "multipart/mixed; boundary=c", "Message/RFC822", "a/b\r\nX: y")) {
      assertThatThrownBy(() -> message.withAttachment("a", type, new byte[0]))
          .as(type)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> message.withAttachment("", "a/b", new byte[0]))
        .hasMessage("A file name has 1 to 255 bytes, not 0");
    assertThat(message.withAttachment("a\r\nX: y", "a/b", new byte[0]).structure().parts())
        .last()
        .satisfies(part -> assertThat(part.fileName()).contains("a  X: y"));
  }

  @Test
  void changedCopiesKeepTheRest() {
    var recipient =
        new Recipient(
            MailAddress.of("a@example.org"),
            Optional.of("rfc822;b@example.org"),
            Set.of(Recipient.Notify.NEVER));
    Recipient failed = recipient.withFailure(Recipient.Failure.of("5.1.1", "Nobody"));
    assertThat(failed.withoutFailure()).isEqualTo(recipient);
    assertThat(failed.withNotifications(Set.of()).wants(Recipient.Notify.FAILURE)).isTrue();

    var mail = new IncomingMail(Optional.empty(), List.of(recipient), OptionalLong.of(7), Map.of());
    assertThat(mail.withAttribute("a.b", "c").attribute("a.b")).contains("c");
    assertThat(mail.withAttribute("a.b", "c").withoutAttribute("a.b")).isEqualTo(mail);
    assertThat(mail.addresses()).containsExactly(recipient.address());
    assertThat(mail.parameters()).isEmpty();
    var eightBit = mail.withParameters(List.of("SIZE=7", "BODY=8BITMIME"));
    assertThat(eightBit).isNotEqualTo(mail);
    assertThat(
            eightBit
                .withAttribute("a.b", "c")
                .withoutAttribute("a.b")
                .withSender(Optional.empty())
                .withRecipients(List.of(recipient)))
        .isEqualTo(eightBit);

    Verdict.Tag tag = Verdict.tag("a.b", "c", "why").withHeader("X-A", "1").withHeader("X-A", "2");
    assertThat(tag.headers())
        .containsExactly(new HeaderField("X-A", "1"), new HeaderField("X-A", "2"));
    assertThat(tag.withAttribute("a.d", "e").attributes()).hasSize(2);
  }

  @Test
  void aSubmissionInWordsHasTheRightLineEnds() {
    var services = new TestServices();
    services
        .submission()
        .submit(
            new org.posthorn.message.MailId("m1"),
            "once",
            Optional.empty(),
            List.of(Recipient.of(MailAddress.of("a@example.org"))),
            "Subject: ä\n\r\nx\n");
    assertThat(services.submitted().getFirst().message()).hasToString("Subject: ä\r\n\r\nx\r\n");
  }

  @Test
  void whatMakesNoSenseIsRefused() throws Exception {
    assertThat(AddressRange.parse("192.0.2.0/33")).isEmpty();
    assertThat(AddressRange.parse("2001:db8::/32").orElseThrow()).hasToString("2001:db8::/32");
    assertThat(AddressRange.parse("example.org")).isEmpty();
    assertThat(List.of("192.168/16", "10/8", "10.1.2", "7"))
        .as("what other programs read as 192.168.0.0/16, and Java as 192.0.0.168")
        .allSatisfy(text -> assertThat(AddressRange.parse(text)).isEmpty());
    assertThatThrownBy(() -> new AddressRange(InetAddress.ofLiteral("192.0.2.1"), 40))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Smarthost("", 25, Smarthost.Tls.NONE, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Smarthost("h.example", 0, Smarthost.Tls.NONE, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
