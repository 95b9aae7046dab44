package org.posthorn.message.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TransferEncodingTest {
  /// A sender could choose a delimiter that only our line breaks make.
  @Test
  void noLineOfQuotedPrintableBeginsLikeADelimiter() throws IOException {
    for (int before : IntStream.rangeClosed(70, 80).toArray()) {
      String text = "x".repeat(before) + "--end--\r\n--é\r\n- a\r\n-- \r\n--";
      String encoded = quotedPrintable(text);
      assertThat(encoded.lines()).noneMatch(line -> line.startsWith("--"));
      assertThat(encoded).contains("\r\n-=2D=E9\r\n- a\r\n-=2D=20\r\n-=2D");
      assertThat(encoded.lines()).allMatch(line -> line.length() <= 76);
      assertThat(decoded(encoded)).isEqualTo(text);
    }
  }

  @Test
  void twoHyphensInsideALineStay() throws IOException {
    assertThat(quotedPrintable("a -- b--c -\r\n-")).isEqualTo("a -- b--c -\r\n-");
  }

  private static String quotedPrintable(String text) throws IOException {
    var encoded = new ByteArrayOutputStream();
    try (var out = TransferEncoding.quotedPrintable(encoded)) {
      for (byte b : text.getBytes(ISO_8859_1)) {
        out.write(b);
      }
    }
    return encoded.toString(ISO_8859_1);
  }

  private static String decoded(String encoded) {
    byte[] bytes = encoded.getBytes(ISO_8859_1);
    return new String(
        TransferDecoding.decoded(bytes, 0, bytes.length, "quoted-printable"), ISO_8859_1);
  }
}
