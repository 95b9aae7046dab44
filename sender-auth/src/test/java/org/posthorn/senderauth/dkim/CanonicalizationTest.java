package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalizationTest {
  private static final String MESSAGE = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";

  /// RFC 6376 §3.4.5, example 1.
  @Test
  void relaxesAsTheRfcShows() {
    assertThat(header(Canonicalization.RELAXED)).isEqualTo("a:X\r\nb:Y Z\r\n");
    assertThat(body(Canonicalization.RELAXED, " C \r\nD \t E\r\n\r\n\r\n", 100))
        .isEqualTo(" C\r\nD E\r\n");
  }

  /// RFC 6376 §3.4.5, example 2.
  @Test
  void leavesAsTheRfcShows() {
    assertThat(header(Canonicalization.SIMPLE)).isEqualTo("A: X\r\nB : Y\t\r\n\tZ  \r\n");
    assertThat(body(Canonicalization.SIMPLE, " C \r\nD \t E\r\n\r\n\r\n", 100))
        .isEqualTo(" C \r\nD \t E\r\n");
  }

  /// RFC 6376 §3.4.3 and §3.4.4: an empty body is a line break, or nothing.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100})
  void knowsTheEndsOfBodies(int piece) {
    assertThat(body(Canonicalization.SIMPLE, "", piece)).isEqualTo("\r\n");
    assertThat(body(Canonicalization.RELAXED, "", piece)).isEmpty();
    assertThat(body(Canonicalization.SIMPLE, "\r\n\r\n", piece)).isEqualTo("\r\n");
    assertThat(body(Canonicalization.RELAXED, "\r\n \t\r\n", piece)).isEmpty();
    assertThat(body(Canonicalization.SIMPLE, "a", piece)).isEqualTo("a\r\n");
    assertThat(body(Canonicalization.RELAXED, "a \t", piece)).isEqualTo("a\r\n");
    assertThat(body(Canonicalization.RELAXED, "a\r\n\r\n\r\nb", piece))
        .isEqualTo("a\r\n\r\n\r\nb\r\n");
    assertThat(body(Canonicalization.RELAXED, "a\rb\r\r\nc\r", piece))
        .isEqualTo("a\rb\r\r\nc\r\r\n");
    assertThat(body(Canonicalization.RELAXED, "a\nb\n\n", piece)).isEqualTo("a\r\nb\r\n");
  }

  @Test
  void piecesOfAnySizeMakeTheSameBody() {
    String alphabet = "aaab  \t\r\n\0\u00E9";
    var random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(round % 100 == 0 ? 40_000 : 60); length > 0; length--) {
        text.append(random.nextInt(4) == 0 ? "\r\n" : alphabet.charAt(random.nextInt(11)));
      }
      String body = text.toString();
      for (Canonicalization how : Canonicalization.values()) {
        assertThat(body(how, body, 1 + random.nextInt(50_000))).isEqualTo(body(how, body, 1));
        assertThat(body(how, body, 1 + random.nextInt(9))).isEqualTo(body(how, body, 1));
      }
    }
  }

  @Test
  void leavesTheSignatureOutOfItsOwnField() {
    assertThat(unsigned(" b=\r\n ab c= ; bh=b=b; c=x", Canonicalization.RELAXED))
        .isEqualTo("dkim-signature:b=; bh=b=b; c=x");
    assertThat(unsigned(" bh=b=b;\r\n\tb =abc=", Canonicalization.SIMPLE))
        .isEqualTo("DKIM-Signature: bh=b=b;\r\n\tb =");
  }

  private static String unsigned(String value, Canonicalization how) {
    var out = new ByteArrayOutputStream();
    RawField.of("DKIM-Signature:" + value).writeUnsigned(how, out);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private static String header(Canonicalization how) {
    byte[] bytes = MESSAGE.getBytes(StandardCharsets.ISO_8859_1);
    var out = new ByteArrayOutputStream();
    RawHeader.read(bytes, bytes.length).fields().forEach(field -> field.write(how, out));
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private static String body(Canonicalization how, String body, int piece) {
    var out = new ByteArrayOutputStream();
    var canon = new BodyCanon(how, (bytes, length) -> out.write(bytes, 0, length));
    var in = new ByteArrayInputStream(body.getBytes(StandardCharsets.ISO_8859_1));
    byte[] buffer = new byte[piece];
    for (int count = in.read(buffer, 0, piece); count > 0; count = in.read(buffer, 0, piece)) {
      canon.update(buffer, 0, count);
    }
    canon.finish();
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
