package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;

/// Messages and their parts that are read piece by piece, with their encoding and without.
class PiecesTest {
  private static final int BYTES = 1_000_000;
  private static final int PIECE = 20_000;

  private final ImapHouse house = new ImapHouse();
  private Listener listener;
  private RawClient client;

  @BeforeEach
  void begin() throws IOException {
    listener = Listener.open(ListenerConfig.defaults(), house);
    client = new RawClient(listener.port());
    client.command("LOGIN ann secret");
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    listener.close();
    house.close();
  }

  @Test
  void pieceAfterPieceIsReadOnceOrTwice() throws IOException {
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    append("base64", Base64.getMimeEncoder().encodeToString(bytes));
    append("quoted-printable", "caf=C3=A9 and a rather long line=20\r\n".repeat(40_000));
    append("8bit", "This is a line of text, and it is read as it is.\r\n".repeat(20_000));
    client.command("EXAMINE INBOX");

    for (int number = 1; number <= 3; number++) {
      String whole = fetch(number, "BINARY.PEEK[1]");
      long before = house.readContents().readBytes();
      var pieces = new StringBuilder();
      for (int at = 0; at <= whole.length(); at += PIECE) {
        pieces.append(fetch(number, "BINARY.PEEK[1]<" + at + "." + PIECE + ">"));
      }
      long read = house.readContents().readBytes() - before;

      assertThat(pieces.toString().equals(whole)).as("pieces of %d", number).isTrue();
      assertThat(fetch(number, "BINARY.SIZE[1]")).isEqualTo(String.valueOf(whole.length()));
      assertThat(read).as("read of %d", number).isLessThan(5L * BYTES);
    }
    assertThat(house.readContents().openStreams()).isZero();
  }

  @Test
  void largePiecesAndThoseBeyondTheEnd() throws IOException {
    String text = "A line of text without any encoding, but with enough of them.\r\n".repeat(4_000);
    append("base64", Base64.getMimeEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    client.command("EXAMINE INBOX");

    for (int origin : new int[] {0, 1, 100_000, text.length() - 1, text.length(), 500_000}) {
      for (int count : new int[] {1, 65_535, 65_536, 65_537, 100_000, 1_000_000}) {
        int from = Math.min(origin, text.length());
        assertThat(
                fetch(1, "BINARY.PEEK[1]<" + origin + "." + count + ">")
                    .equals(text.substring(from, Math.min(text.length(), from + count))))
            .as("%d from %d", count, origin)
            .isTrue();
      }
    }
    assertThat(house.readContents().openStreams()).isZero();
  }

  @Test
  void howLargeATextIsAsItIsNeedsNoReading() throws IOException {
    append("8bit", "This is a line of text, and it is read as it is.\r\n".repeat(20_000));
    client.command("EXAMINE INBOX");

    assertThat(fetch(1, "BINARY.SIZE[1]")).isEqualTo("1000000");
    assertThat(house.readContents().readBytes()).isLessThan(10_000);
  }

  /// RFC 6855 §8: another header stands in the place of that which this client could not read.
  @Test
  void piecesOfAMessageWithASurrogateAreReadOnce() throws IOException {
    house.append(
        "INBOX", "Subject: caf\u00e9\r\n\r\n" + "A line of a rather long body.\r\n".repeat(30_000));
    client.command("EXAMINE INBOX");
    for (String section : List.of("[]", "[HEADER]")) {
      String whole = fetch(1, "BODY.PEEK" + section);
      assertThat(whole).startsWith("Subject: =?");
      long before = house.readContents().readBytes();
      var pieces = new StringBuilder();
      for (int at = 0; at <= whole.length(); at += PIECE) {
        pieces.append(fetch(1, "BODY.PEEK" + section + "<" + at + "." + PIECE + ">"));
      }
      assertThat(pieces.toString().equals(whole)).as("pieces of %s", section).isTrue();
      assertThat(house.readContents().readBytes() - before).isLessThan(2L * BYTES);
      for (int at = 0; at < 60; at++) {
        assertThat(fetch(1, "BODY.PEEK" + section + "<" + at + ".7>"))
            .isEqualTo(
                whole.substring(Math.min(at, whole.length()), Math.min(at + 7, whole.length())));
      }
    }
    assertThat(house.readContents().openStreams()).isZero();
  }

  private void append(String encoding, String body) {
    String header = "Subject: one\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n";
    house.append("INBOX", (header + body).getBytes(StandardCharsets.ISO_8859_1));
  }

  private String fetch(int number, String item) throws IOException {
    var answer = client.command("FETCH " + number + " " + item);
    assertThat(answer.ok()).as(answer.status()).isTrue();
    Map<String, Object> items = answer.fetched().getFirst();
    return (String) items.values().iterator().next();
  }
}
