package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.james.mime4j.codec.EncoderUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TransferDecodingTest {
  @ParameterizedTest
  @CsvSource({
    "caf=C3=A9, café",
    "soft=\\n break, soft break",
    "soft=  \\n break, soft break",
    "soft=\\r\\n break, soft break",
    "trailing   \\nspace, trailing\\nspace",
    "trailing \\r\\nspace, trailing\\r\\nspace",
    "keep  inner, keep  inner",
    "lower=c3=a9, loweré",
    "odd=XY and =4, odd=XY and =4",
    "=3D=3d, ==",
    "end=, end",
    "a=, a",
    "=20, ' '",
  })
  void readsQuotedPrintableForgivingly(String encoded, String decoded) throws IOException {
    assertThat(decode(escapes(encoded), "quoted-printable")).isEqualTo(escapes(decoded));
  }

  @ParameterizedTest
  @CsvSource({
    "Z3LDvMOfZQ==, grüße",
    "Z3LDvMOfZQ, grüße",
    "Z3 LD\\r\\nvM-*OfZQ==, grüße",
    "YQ==Yg==, ab",
    "====, ''",
    "Q, ''",
  })
  void readsBase64Forgivingly(String encoded, String decoded) throws IOException {
    assertThat(decode(escapes(encoded), "BASE64")).isEqualTo(decoded);
  }

  @Test
  void leavesOtherEncodingsAlone() throws IOException {
    assertThat(decode("a=20b", "8bit")).isEqualTo("a=20b");
  }

  @Test
  void readsWhatOthersWrote() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(20_000)];
      random.nextBytes(bytes);

      byte[] base64 = Base64.getMimeEncoder().encode(bytes);
      String quoted = EncoderUtil.encodeQ(bytes, EncoderUtil.Usage.WORD_ENTITY).replace("_", "=20");

      assertThat(TransferDecoding.decoded(base64, 0, base64.length, "base64"))
          .as("seed %d", seed)
          .isEqualTo(bytes);
      assertThat(trickled(base64, "base64", random)).isEqualTo(bytes);
      assertThat(trickled(quoted.getBytes(StandardCharsets.US_ASCII), "quoted-printable", random))
          .as("seed %d", seed)
          .isEqualTo(bytes);
    }
  }

  @Test
  void readsBackWhatWasEncoded() throws IOException {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      for (int i = random.nextInt(2_000); i > 0; i--) {
        switch (random.nextInt(6)) {
          case 0 -> text.write(random.nextInt(256));
          case 1 -> text.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
          default -> text.write(" \t\r=.Fa".charAt(random.nextInt(7)));
        }
      }
      byte[] bytes = text.toByteArray();

      String quoted = encoded(bytes, TransferEncoding::quotedPrintable);
      String base64 = encoded(bytes, TransferEncoding::base64);

      assertThat(quoted.lines()).as("seed %d", seed).allMatch(line -> line.length() <= 76);
      assertThat(quoted.lines()).allMatch(line -> !line.endsWith(" ") && !line.endsWith("\t"));
      assertThat(quoted.chars()).allMatch(c -> c < 127);
      String expected =
          new String(bytes, StandardCharsets.ISO_8859_1)
              .replace("\r\n", "\n")
              .replace("\n", "\r\n");
      byte[] again = quoted.getBytes(StandardCharsets.US_ASCII);
      assertThat(
              new String(
                  TransferDecoding.decoded(again, 0, again.length, "quoted-printable"),
                  StandardCharsets.ISO_8859_1))
          .as("seed %d", seed)
          .isEqualTo(expected);
      assertThat(Base64.getMimeDecoder().decode(base64)).isEqualTo(bytes);
    }
  }

  private static String encoded(byte[] bytes, UnaryOperator<OutputStream> encoding)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream encoder = encoding.apply(out)) {
      encoder.write(bytes);
    }
    return out.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void givesTheSameForQuotedPrintableHoweverItIsCut() throws IOException {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append("= \t\r\nA3x".charAt(random.nextInt(8)));
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);

      assertThat(trickled(bytes, "quoted-printable", random))
          .as("seed %d", seed)
          .isEqualTo(TransferDecoding.decoded(bytes, 0, bytes.length, "quoted-printable"));
    }
  }

  @Test
  void survivesEndlessSpaces() throws IOException {
    byte[] spaces = " ".repeat(100_000).getBytes(StandardCharsets.US_ASCII);

    assertThat(trickled(spaces, "quoted-printable", new Random(1)).length)
        .isLessThanOrEqualTo(spaces.length);
    assertThat(TransferDecoding.decoded(spaces, 0, spaces.length, "quoted-printable").length)
        .isLessThanOrEqualTo(spaces.length);
  }

  /// What is too much white space to be held until it is known whether a line ends.
  @Test
  void doesTheSameWithVeryMuchWhiteSpaceHoweverItIsCut() throws IOException {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      byte[] bytes =
          (" ".repeat(random.nextInt(3_000))
                  + "\r\nx"
                  + "\t ".repeat(random.nextInt(3_000))
                  + "=\n")
              .getBytes(StandardCharsets.US_ASCII);

      byte[] whole = TransferDecoding.decoded(bytes, 0, bytes.length, "quoted-printable");
      byte[] trickled = trickled(bytes, "quoted-printable", random);
      assertThat(Arrays.equals(trickled, whole)).as("seed %d", seed).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"base64", "quoted-printable"})
  void readsTheSameBehindWhatIsSkipped(String encoding) throws IOException {
    for (long seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      byte[] body = odd(random);
      byte[] whole = TransferDecoding.decoded(body, 0, body.length, encoding);
      try (DecodedBody decoded = decoded(body, 0, encoding)) {
        int at = 0;
        while (at < whole.length) {
          String about = "seed " + seed + " at " + at;
          byte[] some = decoded.readNBytes(random.nextInt(4));
          assertThat(some)
              .as(about)
              .isEqualTo(Arrays.copyOfRange(whole, at, Math.min(at + some.length, whole.length)));
          at += some.length;
          int most = random.nextInt(40);
          long skipped = decoded.skip(most);
          assertThat(skipped).as(about).isBetween(0L, (long) most);
          at += (int) skipped;
          OptionalLong cut = decoded.encodedAt();
          if (cut.isPresent()) {
            try (DecodedBody rest = decoded(body, (int) cut.getAsLong(), encoding)) {
              assertThat(rest.readAllBytes())
                  .as(about)
                  .isEqualTo(Arrays.copyOfRange(whole, at, whole.length));
            }
          }
        }
        assertThat(at).as("seed %d", seed).isEqualTo(whole.length);
        assertThat(decoded.skip(100)).isZero();
        assertThat(decoded.read()).isNegative();
      }
    }
  }

  private static byte[] odd(Random random) {
    byte[] body = new byte[random.nextInt(400)];
    String letters = random.nextBoolean() ? "AB4f" : "AB4f= \t\r\n-";
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) letters.charAt(random.nextInt(letters.length()));
    }
    return body;
  }

  private static DecodedBody decoded(byte[] body, int from, String encoding) {
    return DecodedBody.of(new ByteArrayInputStream(body, from, body.length - from), encoding)
        .orElseThrow();
  }

  private static String decode(String encoded, String encoding) throws IOException {
    byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
    byte[] whole = TransferDecoding.decoded(bytes, 0, bytes.length, encoding);
    assertThat(trickled(bytes, encoding, new Random(1))).isEqualTo(whole);
    return new String(whole, StandardCharsets.UTF_8);
  }

  /// Decoded from a source that gives one to three bytes at a time.
  private static byte[] trickled(byte[] bytes, String encoding, Random random) throws IOException {
    InputStream source =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(length, 1 + random.nextInt(3)));
          }
        };
    try (InputStream decoded = TransferDecoding.decoded(source, encoding)) {
      return decoded.readAllBytes();
    }
  }

  private static String escapes(String text) {
    return text.replace("\\n", "\n").replace("\\r", "\r");
  }
}
