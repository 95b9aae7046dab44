package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentDamaged;

/// RFC 4468.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class BurlTest {
  private static final String HELLO =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;

  private static final String LOGIN =
      HELLO
          + """
          C: AUTH PLAIN %s
          S: 235 2.7.0 Welcome
          """
              .formatted(plain("ann@example.org", SmtpHouse.PASSWORD));

  private static final String ENVELOPE =
      """
      C: MAIL FROM:<ann@example.org>
      S: 250 2.1.0 Sender ok
      C: RCPT TO:<bob@example.org>
      S: 250 2.1.5 Recipient ok
      """;

  private final AtomicInteger open = new AtomicInteger();
  private final SmtpHouse plain;
  private final SmtpHouse house;

  BurlTest(int bufferBytes) {
    this.plain = new SmtpHouse(bufferBytes);
    this.house = plain.withUrls(this::find);
  }

  @AfterEach
  void close() {
    assertThat(open).hasValue(0);
    plain.close();
  }

  private UrlTexts.Found find(String url, MailAddress login) throws IOException {
    assertThat(login).hasToString("ann@example.org");
    return switch (url) {
      case "imap://ann/whole" -> text("Subject: whole\r\n\r\nText\r\n");
      case "imap://ann/part" -> text("Part\r\n");
      case "imap://ann/empty" -> text("");
      case "imap://ann/nul" -> text("Subject: nul\r\n\r\n\0\r\n");
      case "imap://ann/huge" -> new UrlTexts.Found.Text(1L << 40, counted(new byte[10]));
      case "imap://ann/short" -> new UrlTexts.Found.Text(20, counted(new byte[0]));
      case "imap://ann/gone" -> new UrlTexts.Found.Gone();
      case "imap://ann/denied" -> new UrlTexts.Found.Denied();
      case "imap://ann/rotten" -> throw new ContentDamaged(new ContentId("m1"), "in a test");
      case "imap://ann/rots" -> new UrlTexts.Found.Text(20, rotten());
      case "imap://ann/broken" -> throw new StorageUnavailable("broken");
      default -> new UrlTexts.Found.NotTrusted();
    };
  }

  /// A text whose second piece is not what was written.
  private InputStream rotten() {
    return new SequenceInputStream(
        counted("Subject:".getBytes(StandardCharsets.UTF_8)),
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new ContentDamaged(new ContentId("m1"), "in a test");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return read();
          }
        });
  }

  private UrlTexts.Found text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new UrlTexts.Found.Text(bytes.length, counted(bytes));
  }

  /// Whoever reads it has to close it.
  private InputStream counted(byte[] bytes) {
    if (bytes.length > 0) {
      open.incrementAndGet();
    }
    return new ByteArrayInputStream(bytes) {
      private boolean closed;

      @Override
      public void close() throws IOException {
        if (bytes.length > 0 && !closed) {
          open.decrementAndGet();
        }
        closed = true;
      }
    };
  }

  @Test
  void takesAMessageFromAMailbox() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BURL imap://ann/whole LAST
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text()).isEqualTo("Subject: whole\r\n\r\nText\r\n");
  }

  @Test
  void mixesUrlsAndChunks() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BDAT 18
            C: Subject: mixed
            C:
            S: 250 2.0.0 Chunk taken
            C: burl imap://ann/part
            S: 250 2.0.0 Chunk taken
            C: NOOP
            S: 250 2.0.0 Done
            C: BURL imap://ann/empty
            S: 250 2.0.0 Chunk taken
            C: BDAT 5
            C: End
            S: 250 2.0.0 Chunk taken
            C: BURL imap://ann/part last
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text()).isEqualTo("Subject: mixed\r\n\r\nPart\r\nEnd\r\nPart\r\n");
  }

  @Test
  void refusesUrlsThatLeadNowhere() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BURL imap://ann/gone LAST
            S: 554 5.6.6 IMAP URL resolution failed
            C: BURL imap://ann/whole LAST
            S: 503 5.5.1 No recipients
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/denied LAST
            S: 554 5.7.0 IMAP URL authorization failed
            """
            + ENVELOPE
            + """
            C: BURL http://elsewhere/ LAST
            S: 554 5.7.14 No texts are fetched from there
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/part
            S: 250 2.0.0 Chunk taken
            C: BURL imap://ann/gone LAST
            S: 554 5.6.6 IMAP URL resolution failed
            C: BDAT 0 LAST
            S: 503 5.5.1 No recipients
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/broken
            S: ~451 4\\.3\\.0 Trouble here.*
            C: BDAT 0 LAST
            S: 503 5.5.1 No recipients
            """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void refusesTextsThatAreNone() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BURL imap://ann/nul LAST
            S: 550 5.6.0 Message contains a NUL byte
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/huge LAST
            S: 552 5.3.4 Message is too big
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/short LAST
            S: 451 4.6.6 The text of the URL is cut off
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/whole
            S: 250 2.0.0 Chunk taken
            C: RSET
            S: 250 2.0.0 Forgotten
            """);
    assertThat(house.mails()).isEmpty();
  }

  /// The client hears of it and goes on; it is no trouble with the connection.
  @Test
  void refusesTextsThatAreDamaged() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BURL imap://ann/rotten LAST
            S: 554 5.6.6 The text of the URL cannot be read
            """
            + ENVELOPE
            + """
            C: BDAT 18
            C: Subject: mixed
            C:
            S: 250 2.0.0 Chunk taken
            C: BURL imap://ann/rotten LAST
            S: 554 5.6.6 The text of the URL cannot be read
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/rots LAST
            S: 554 5.6.6 The text of the URL cannot be read
            C: NOOP
            S: 250 2.0.0 Done
            """);
    assertThat(house.mails()).isEmpty();
  }

  /// Between two chunks too; what comes behind it lacks a piece.
  @Test
  void isNoChunkWhereNobodySubmits() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: BDAT 18
        C: Subject: mixed
        C:
        S: 250 2.0.0 Chunk taken
        C: BURL imap://ann/part LAST
        S: 502 5.5.1 No URLs here
        C: BDAT 0 LAST
        S: 503 5.5.1 No recipients
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: BURL imap://ann/part
        S: 502 5.5.1 No URLs here
        C: BDAT 5 LAST
        C: End
        S: 503 5.5.1 No recipients
        """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void takesNoMessageWithoutAUrlThatCameTooEarly() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + """
            C: MAIL FROM:<ann@example.org>
            S: 250 2.1.0 Sender ok
            C: BURL imap://ann/part
            S: 503 5.5.1 No recipients
            C: RCPT TO:<bob@example.org>
            S: 503 5.5.1 Send MAIL first
            C: BDAT 0 LAST
            S: 503 5.5.1 No recipients
            """);
    assertThat(house.mails()).isEmpty();
  }

  /// RFC 4468 §3.3: what was sent on without waiting would be taken for a message that lacks a
  /// piece.
  @Test
  void takesNoMessageWithoutAUrlThatDoesNotParse() {
    house.play(
        Role.SUBMISSION,
        LOGIN
            + ENVELOPE
            + """
            C: BDAT 18
            C: Subject: mixed
            C:
            S: 250 2.0.0 Chunk taken
            C: BURL imap://ann/part FIRST
            S: 501 5.5.4 Expected a URL, and LAST or nothing
            C: BDAT 5 LAST
            C: End
            S: 503 5.5.1 No recipients
            """
            + ENVELOPE
            + """
            C: BURL
            S: 501 5.5.4 Expected a URL, and LAST or nothing
            C: BDAT 5 LAST
            C: End
            S: 503 5.5.1 No recipients
            """
            + ENVELOPE
            + """
            C: BURL imap://ann/whole LAST
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text()).isEqualTo("Subject: whole\r\n\r\nText\r\n");
  }

  /// Whatever is wrong with the line, a piece of the message is missing.
  @Test
  void takesNoMessageWithoutAUrlThatCannotBeRead() {
    String refused = "S: 501 5.5.4 Expected a URL, and LAST or nothing\n";
    String last = "C: BDAT 5 LAST\nC: End\nS: 503 5.5.1 No recipients\n";
    for (String line :
        new String[] {"x".repeat(3_000), "x".repeat(20_000), "imap://ann/\\0", "\\xff", "\\tx"}) {
      String burl = "C: burl " + line + "\n" + refused + last;
      house.play(
          Role.SUBMISSION,
          LOGIN
              + ENVELOPE
              + burl
              + ENVELOPE
              + "C: BDAT 18\nC: Subject: mixed\nC:\nS: 250 2.0.0 Chunk taken\n"
              + burl);
    }
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void isForWhoSubmits() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: BURL imap://ann/whole LAST
            S: 503 5.5.1 No recipients
            C: BURL
            S: 501 5.5.4 Expected a URL, and LAST or nothing
            C: BURL imap://ann/whole FIRST
            S: 501 5.5.4 Expected a URL, and LAST or nothing
            """);
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: BURL imap://ann/whole LAST
        S: 502 5.5.1 No URLs here
        """);
  }

  private static String plain(String login, String password) {
    return Base64.getEncoder()
        .encodeToString(("\0" + login + "\0" + password).getBytes(StandardCharsets.UTF_8));
  }
}
