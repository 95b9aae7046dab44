package org.posthorn.message.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.message.Headers;

final class LoneReturnsTest {
  private static final List<String> PIECES =
      List.of(
          "\r",
          "\r",
          "\r\n",
          "\r\n",
          "\r\n\r\n",
          "--b",
          "--b--",
          "--b\r\n",
          "\r\n--b\r\r\n",
          "Subject: x",
          "Subject\r: x",
          "Subject\r\r: x",
          "Subject \r: x",
          "Content-Type: multipart/mixed; boundary=b\r\n",
          "Content-Type: message/rfc822\r\n",
          "Content-Type\r: multipart/mixed; boundary=c",
          "Content-Type: text/plain\r\n\r; charset=utf-8",
          "; name=x",
          "--c\r\n",
          "word",
          " ",
          "\t",
          "two words",
          "\u00E4");

  @ParameterizedTest
  @CsvSource({
    "one two\\rthree, one two three",
    "X: y\\rZ: a, X: y Z: a",
    "\\rZ: a, \\vZ: a",
    "Z\\r: a, Z\\v: a",
    "Z \\r: a, Z \\v: a",
    "--b\\r\\r\\n, --b \\r\\n",
    "a b\\r\\r\\n, a b \\r\\n",
    "\\r\\r\\n, \\v\\r\\n",
    "' \\rx', '  x'",
    "a b\\r, a b\\r\\n"
  })
  void oneByteStandsForIt(String message, String sent) {
    assertThat(replaced(bytes(message), 100)).isEqualTo(bytes(sent));
  }

  @Test
  void theMessageHasTheSameFieldsAndParts() {
    long seed = System.nanoTime();
    for (int round = 0; round < 2_000; round++) {
      Random random = new Random(seed + round);
      StringBuilder text = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n");
      for (int i = random.nextInt(40); i > 0; i--) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      byte[] message = text.append("\r\n").toString().getBytes(ISO_8859_1);
      byte[] sent = replaced(message, random.nextInt(1, 20));
      String what = "seed " + (seed + round) + ": " + escaped(text.toString());
      assertThat(new String(sent, ISO_8859_1).replace("\r\n", "")).as(what).doesNotContain("\r");
      assertThat(StructureScanner.scan(sent).root())
          .as(what)
          .isEqualTo(StructureScanner.scan(message).root());
      assertThat(Headers.read(sent)).as(what).isEqualTo(Headers.read(message));
    }
  }

  private static byte[] replaced(byte[] message, int atOnce) {
    InputStream pieces =
        new ByteArrayInputStream(message) {
          @Override
          public synchronized int read(byte[] into, int from, int length) {
            return super.read(into, from, Math.min(length, atOnce));
          }
        };
    try (InputStream replaced = LoneReturns.replacedIn(pieces)) {
      return replaced.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(String escaped) {
    return escaped
        .replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\v", "\u000B")
        .getBytes(ISO_8859_1);
  }

  private static String escaped(String text) {
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t");
  }
}
