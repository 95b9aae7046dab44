package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.message.mime.TransferDecoding;

class DecodedPartTest {
  private static DecodedPart.Text text(byte[] all) {
    return new DecodedPart.Text() {
      @Override
      public long length() {
        return all.length;
      }

      @Override
      public InputStream open(long from, long length) {
        return new ByteArrayInputStream(all, (int) from, (int) length);
      }
    };
  }

  /// Whatever the body is made of, and in whatever order its pieces are read.
  @ParameterizedTest
  @CsvSource({"base64, QUJD+/z0", "quoted-printable, =4fF x.", "8bit, =4fF x."})
  void aPieceIsThatOfTheWhole(String encoding, String letters) throws IOException {
    for (long seed = 0; seed < 12; seed++) {
      Random random = new Random(seed);
      byte[] body = body(random, letters);
      byte[] whole = TransferDecoding.decoded(body, 0, body.length, encoding);
      var places = new DecodedPlaces.OfPart(body.length);
      if (random.nextBoolean()) {
        assertThat(part(body, encoding, places).length()).isEqualTo(whole.length);
      }
      for (int i = 0; i < 30; i++) {
        int origin = random.nextInt(whole.length + whole.length / 8 + 1);
        int count = 1 + random.nextInt(random.nextBoolean() ? 300_000 : 20_000);
        Section section =
            part(body, encoding, places).section(Optional.of(new FetchItem.Partial(origin, count)));
        byte[] piece;
        try (InputStream bytes = section.open()) {
          piece = bytes.readAllBytes();
        }
        int from = Math.min(origin, whole.length);
        byte[] expected =
            Arrays.copyOfRange(whole, from, (int) Math.min(whole.length, (long) from + count));
        String about = "seed " + seed + ", " + count + " from " + origin;
        assertThat(Arrays.equals(piece, expected)).as(about).isTrue();
        assertThat(section.length()).as(about).isEqualTo(expected.length);
        assertThat(section.hasNul()).as(about).isEqualTo(hasNul(expected));
      }
      assertThat(part(body, encoding, places).length()).isEqualTo(whole.length);
    }
  }

  private static DecodedPart part(byte[] body, String encoding, DecodedPlaces.OfPart places) {
    return new DecodedPart(text(body), encoding, places);
  }

  /// Lines of any length, now and then padding, white space or what is of no alphabet.
  private static byte[] body(Random random, String letters) {
    byte[] body = new byte[200_000 + random.nextInt(400_000)];
    int lineMax = 1 << random.nextInt(2, 18);
    int oddEvery = 1 << random.nextInt(2, 20);
    int left = lineMax;
    for (int i = 0; i < body.length; i++) {
      if (left-- == 0) {
        body[i] = '\n';
        left = random.nextInt(lineMax + 1);
      } else if (random.nextInt(oddEvery) == 0) {
        body[i] = (byte) "=\r \t-\0\u00e9=".charAt(random.nextInt(8));
      } else {
        body[i] = (byte) letters.charAt(random.nextInt(letters.length()));
      }
    }
    return body;
  }

  private static boolean hasNul(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }
}
