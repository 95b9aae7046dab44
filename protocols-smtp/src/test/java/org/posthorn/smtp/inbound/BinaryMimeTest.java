package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.ContentId;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.ForwardingContents;

/// BODY=BINARYMIME (RFC 3030 §3). Everything also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class BinaryMimeTest {
  private static final String BEGIN =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      C: MAIL FROM:<bob@example.net> BODY=BINARYMIME
      S: 250 2.1.0 Sender ok
      C: RCPT TO:<ann@example.org>
      S: 250 2.1.5 Recipient ok
      """;
  private static final String TAKEN = "S: ~250 2\\.0\\.0 Accepted as .+\n";

  private final SmtpHouse house;

  BinaryMimeTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// Every bit is kept, in a form that every client and every server can have.
  @Test
  void keepsEveryBitOfABinaryPart() {
    String bytes = "\0\1\r\n.\r\n\r\n\n\r\0--b\r\n\u00ff" + "x".repeat(2000) + "\r";
    send(multipart("Content-Transfer-Encoding: binary\r\n\r\n" + bytes));
    String text = house.onlyMail().text();
    assertThat(text)
        .startsWith("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=b\"\r\n")
        .contains("\r\n\r\nclean\r\n--=b\r\nContent-Type: application/octet-stream\r\n")
        .contains("Content-Transfer-Encoding: base64\r\n\r\n")
        .doesNotContain("binary", "\0")
        .endsWith("\r\n--=b--\r\n");
    int start = text.indexOf("base64\r\n\r\n") + 10;
    String encoded = text.substring(start, text.indexOf("\r\n--=b--"));
    assertThat(encoded.lines()).allMatch(line -> line.length() <= 76);
    assertThat(Base64.getMimeDecoder().decode(encoded))
        .isEqualTo(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void keepsAMessageThatIsOneBinaryPart() {
    send("Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\1\2\n\n");
    assertThat(house.onlyMail().text())
        .isEqualTo(
            String.join(
                "\r\n",
                "Content-Type: image/png",
                "MIME-Version: 1.0",
                "Content-Transfer-Encoding: base64",
                "",
                "AAECCgo=",
                ""));
  }

  /// What only says that it is binary, or could be, is not touched more than it must be.
  @Test
  void leavesPlainTextAsItIs() {
    String plain = "Subject: x\r\n\r\n.\r\ntext \u00fc\r\n";
    send(plain);
    send("Content-Transfer-Encoding: binary\r\n" + plain);
    assertThat(house.mails().stream().map(SmtpHouse.Taken::text))
        .containsExactlyInAnyOrder(
            "Subject: x\r\n\r\n.\r\ntext \ufffd\r\n",
            String.join(
                "\r\n",
                "Subject: x",
                "MIME-Version: 1.0",
                "Content-Transfer-Encoding: 8bit",
                "",
                ".",
                "text \ufffd",
                ""));
  }

  /// A signature (DKIM) is over the bytes that came, and not over those that we make of them.
  @Test
  void showsGatesTheBytesAsTheyCame() {
    var seen = new ArrayList<String>();
    String text =
        "Return-Path: <x@y>\r\n"
            + multipart("Content-Transfer-Encoding: binary\r\n\r\n\0\1\n\u00ff");
    SmtpHouse gated =
        house.withGates(
            gates((_, message) -> {
              seen.add(text(message));
              return Verdict.pass();
            }));
    gated.play(Role.MX, BEGIN + chunk(text) + TAKEN);
    assertThat(seen).hasSize(1);
    assertThat(seen.getFirst())
        .startsWith("Received: from client.example")
        .endsWith("\r\n" + text.substring(text.indexOf("MIME-Version")));
    assertThat(house.onlyMail().text())
        .startsWith("MIME-Version: 1.0\r\n")
        .contains("base64\r\n\r\nAAEK/w==\r\n")
        .doesNotContain("binary");
    gated.play(Role.MX, BEGIN + chunk("no header\r\n") + TAKEN);
    assertThat(seen.getLast()).startsWith("Received: ").endsWith("\r\n\r\nno header\r\n");
  }

  /// There they sign, and a signature is to be over the bytes that leave.
  @Test
  void showsGatesWhatIsKeptOfAUsersMessage() {
    var seen = new ArrayList<String>();
    String login =
        Base64.getEncoder()
            .encodeToString(
                ("\0ann@example.org\0" + SmtpHouse.PASSWORD).getBytes(StandardCharsets.UTF_8));
    house
        .withGates(
            gates((mail, message) -> {
              seen.add(text(message));
              return new Verdict.Change(mail, message.withHeader("X-Signed", "1"), "signed");
            }))
        .play(
            Role.SUBMISSION,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            S: ...
            S: 250 HELP
            C: AUTH PLAIN %s
            S: 235 2.7.0 Welcome
            C: MAIL FROM:<ann@example.org> BODY=BINARYMIME
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<x@remote.invalid>
            S: 250 2.1.5 Recipient ok
            """
                    .formatted(login)
                + chunk(
                    """
                    Subject: x\r
                    Content-Type: image/png\r
                    Content-Transfer-Encoding: binary\r
                    \r
                    \0\1\2

                    """)
                + TAKEN);
    SmtpHouse.Taken taken = house.onlyMail();
    assertThat(taken.prefix() + taken.text()).isEqualTo("X-Signed: 1\r\n" + seen.getFirst());
    assertThat(seen.getFirst()).endsWith("\r\n\r\nAAECCgo=\r\n");
  }

  /// What gates make of a message is kept in the same form as one that they let pass.
  @Test
  void keepsEveryBitOfWhatAGateHasChanged() {
    String header = "Content-Type: image/png\r\nSubject: x\r\n";
    house
        .withGates(
            gates((mail, message) ->
                new Verdict.Change(
                    mail,
                    message.withHeader("X-New", "1").withoutHeaders(field -> field.is("Subject")),
                    "marked")))
        .play(
            Role.MX,
            BEGIN + chunk(header + "Content-Transfer-Encoding: binary\r\n\r\n\0\1\2\n\n") + TAKEN);
    SmtpHouse.Taken taken = house.onlyMail();
    assertThat(taken.prefix() + taken.text())
        .startsWith("X-New: 1\r\nReceived: ")
        .endsWith(
            String.join(
                "\r\n",
                "Content-Type: image/png",
                "MIME-Version: 1.0",
                "Content-Transfer-Encoding: base64",
                "",
                "AAECCgo=",
                ""))
        .containsOnlyOnce("MIME-Version: 1.0\r\n")
        .doesNotContain("Subject");
  }

  @Test
  void refusesWhatAGateHasChangedIntoWhatCannotBeKept() {
    house
        .withGates(
            gates((mail, message) ->
                new Verdict.Change(mail, bytes(message, "Subject: \0\r\n\r\n"), "broken")))
        .play(
            Role.MX,
            BEGIN + chunk("Subject: x\r\n\r\n") + "S: 550 5.6.0 Message contains a NUL byte\n");
    assertThat(house.mails()).isEmpty();
  }

  @FunctionalInterface
  private interface Content {
    Verdict judge(IncomingMail mail, Message message);
  }

  private static Gates gates(Content content) {
    var gate =
        new Gate() {
          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            return content.judge(mail, message);
          }
        };
    List<Guarded> guarded =
        List.of(
            new Guarded(
                "test",
                gate,
                /* exceptLogins= */ false,
                List.of(),
                List.of(),
                Duration.ofSeconds(5),
                /* defersOnFailure= */ true,
                /* dryRun= */ false,
                new GateCalls(16)));
    return new Gates(Map.of("mx", guarded, "submission", guarded));
  }

  private static String text(Message message) {
    try (InputStream bytes = message.open()) {
      return new String(bytes.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Message bytes(Message message, String text) {
    try {
      return message.withBytes(
          new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The command that ends it is a text of its own: chunks are counted, whatever is in them.
  @Test
  void refusesDataForABinaryMessage() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: DATA
            S: 503 5.5.1 Binary text comes with BDAT
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<bob@example.net> BODY=BINARY
            S: 501 5.5.4 Parameter has a bad value
            """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void refusesWhatCannotBeKeptWhole() {
    String signed = multipart("\r\n\0\r\n").replace("mixed", "signed");
    String encoded = multipart("Content-Transfer-Encoding: base64\r\n\r\n\0\0");
    for (String text : new String[] {signed, encoded}) {
      refused(
          text,
          "554 5.6.3 A binary part is signed or encoded: send the message without BINARYMIME");
    }
    refused(
        multipart("\r\n\0").replace("; boundary=\"=b\"", ""),
        "554 5.6.3 Its binary parts cannot be told apart: send the message without BINARYMIME");
    for (String type : List.of("partial; id=x; number=1; total=2", "external-body")) {
      refused(
          "MIME-Version: 1.0\r\nContent-Type: message/" + type + "\r\n\r\n\0",
          "554 5.6.3 A part of a type that is always text is binary:"
              + " send the message without BINARYMIME");
    }
    refused("Subject: a\0b\r\n\r\n", "550 5.6.0 Message contains a NUL byte");
    refused(
        "Subject: a\nBcc: x\r\n\r\n",
        "550 5.6.11 Lines must end with CR LF, and neither may stand alone");
    refused(
        "Subject: a\r\n\n\0\r\n",
        "550 5.6.11 Lines must end with CR LF, and neither may stand alone");
    assertThat(house.mails()).isEmpty();
  }

  /// A signature over parts that are only called binary stays what it was.
  @Test
  void doesNotTouchWhatIsSigned() {
    String signed =
        multipart("Content-Transfer-Encoding: binary\r\n\r\ntext").replace("mixed", "signed");
    send(signed);
    assertThat(house.onlyMail().text()).isEqualTo(signed);
  }

  /// Wherever it is refused: what stays open in the store stays for good.
  @Test
  void leavesNothingOpenInTheStore() {
    var contents = new CountingOpen(house.rooms().contents());
    SmtpHouse counted = house.withContents(contents);
    for (String text :
        new String[] {
          multipart("Content-Transfer-Encoding: binary\r\n\r\n\0\1"),
          "Subject: a\0b\r\n\r\n" + "x".repeat(10_000),
          "Received: x\r\n".repeat(101) + "\r\n" + "x".repeat(10_000),
        }) {
      counted.play(Role.MX, BEGIN + chunk(text) + "S: ~(250|550|554) .+\n");
    }
    assertThat(contents.opened).hasPositiveValue();
    assertThat(contents.open).hasValue(0);
  }

  /// Counts what was opened, and what still is.
  private static final class CountingOpen extends ForwardingContents {
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    CountingOpen(ContentStore store) {
      super(store);
    }

    @Override
    public InputStream open(ContentId id, long offset, long length) {
      opened.incrementAndGet();
      open.incrementAndGet();
      return new FilterInputStream(below.open(id, offset, length)) {
        private boolean closed;

        @Override
        public void close() throws IOException {
          super.close();
          if (!closed) {
            closed = true;
            open.decrementAndGet();
          }
        }
      };
    }
  }

  private static String multipart(String secondPart) {
    return "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=b\"\r\n\r\n--=b\r\n\r\n"
        + "clean\r\n--=b\r\nContent-Type: application/octet-stream\r\n"
        + secondPart
        + "\r\n--=b--\r\n";
  }

  private void send(String text) {
    house.play(Role.MX, BEGIN + chunk(text) + TAKEN);
  }

  private void refused(String text, String reply) {
    house.play(Role.MX, BEGIN + chunk(text) + "S: " + reply + "\nC: NOOP\nS: 250 2.0.0 Done\n");
  }

  private static String chunk(String text) {
    var escaped = new StringBuilder();
    text.chars()
        .forEach(c ->
            escaped.append(
                c >= ' ' && c < 127 && c != '\\' ? "" + (char) c : "\\x%02x".formatted(c)));
    return "C: BDAT " + text.length() + " LAST\nC- " + escaped + "\n";
  }
}
