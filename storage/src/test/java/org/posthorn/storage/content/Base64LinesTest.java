package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Base64LinesTest {
  private static final int BLOCK_BYTES = 64 << 10;

  @Test
  void linesOfBase64TakeThreeQuarters() throws IOException {
    byte[] block = base64(new Random(1), 600, 76).getBytes(ISO_8859_1);
    int packed = new Base64Lines().pack(block, 0, block.length);
    assertThat(packed).isLessThan(block.length * 3 / 4);
    assertRoundTrip(block);
  }

  /// A block begins and ends within lines, and there may be text before and behind.
  @Test
  void theyAreFoundBehindTextAndFromTheMiddleOfALine() throws IOException {
    var random = new Random(2);
    String lines = base64(random, 200, 72);
    for (String before : new String[] {"", "AAAA\r\n", "Some text.\r\n\r\nAnd\nmore.\r\n\r\n"}) {
      for (int cut : new int[] {0, 1, 50, 73, 74}) {
        byte[] block = (before + lines.substring(cut) + "AB==\r\n\r\n--b").getBytes(ISO_8859_1);
        assertThat(new Base64Lines().pack(block, 0, block.length))
            .isBetween(1, block.length * 4 / 5);
        assertRoundTrip(block);
      }
    }
  }

  @Test
  void aBlockWithoutThemIsLeftAlone() {
    var random = new Random(3);
    String oneWrong = base64(random, 10, 76) + "-" + base64(random, 21, 76).substring(1);
    String padded = ("A".repeat(74) + "==\r\n").repeat(100);
    String lineFeeds = base64(random, 100, 76).replace("\r\n", "\n");
    for (String text :
        new String[] {
          "",
          "\n",
          "\r\n",
          "Hello",
          base64(random, 31, 76),
          oneWrong,
          padded,
          lineFeeds,
          base64(random, 100, 77),
          base64(random, 100, 1_000),
          ("A".repeat(60) + "\r\n ").repeat(90)
        }) {
      byte[] block = text.getBytes(ISO_8859_1);
      assertThat(new Base64Lines().pack(block, 0, block.length)).as(text).isZero();
    }
  }

  /// Text that looks like base64 until the last of it costs a few tries, whatever it is.
  @Test
  void whatOnlyLooksLikeItIsGivenUp() {
    String almost = base64(new Random(4), 31, 40) + "A".repeat(39) + "=\r\n";
    var lines = new Base64Lines();
    byte[] block = (almost + "x\r\n").repeat(20).getBytes(ISO_8859_1);
    assertThat(lines.pack(block, 0, block.length)).isZero();
    byte[] right = base64(new Random(5), 100, 76).getBytes(ISO_8859_1);
    assertThat(lines.pack(right, 0, right.length)).isZero();
  }

  @Test
  void anyBlockComesBackByteForByte() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    int packed = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] block = any(random);
      packed += assertRoundTrip(block) ? 1 : 0;
    }
    assertThat(packed).as("seed %d", seed).isGreaterThan(200);
  }

  /// Bytes that nobody packed are refused, whatever they are, and nothing outside the block is
  /// written.
  @Test
  void bytesThatNobodyPackedAreRefused() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] packed = new byte[random.nextInt(4_000)];
      random.nextBytes(packed);
      if (packed.length > 4 && random.nextBoolean()) {
        packed[1] = 0;
        packed[3] = 0;
        packed[4] = (byte) random.nextInt(3);
      }
      byte[] into = new byte[6_000];
      try {
        new Base64Lines().unpack(packed, packed.length, into, 1_000, random.nextInt(4_000));
      } catch (IOException _) {
        refused++;
      }
      assertThat(Arrays.copyOf(into, 1_000)).as("seed %d", seed).containsOnly(0);
      assertThat(Arrays.copyOfRange(into, 5_000, 6_000)).containsOnly(0);
    }
    assertThat(refused).isGreaterThan(15_000);
    assertThatThrownBy(() -> new Base64Lines().unpack(new byte[4], 4, new byte[10], 0, 10))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("end early");
  }

  private static boolean assertRoundTrip(byte[] block) throws IOException {
    byte[] shifted = new byte[block.length + 7];
    System.arraycopy(block, 0, shifted, 3, block.length);
    var lines = new Base64Lines();
    int count = lines.pack(shifted, 3, 3 + block.length);
    if (count == 0) {
      return false;
    }
    assertThat(count).isLessThan(block.length);
    byte[] back = new byte[block.length + 2];
    new Base64Lines().unpack(lines.packed(), count, back, 1, block.length);
    assertThat(Arrays.copyOfRange(back, 1, 1 + block.length)).isEqualTo(block);
    return true;
  }

  /// Pieces of lines of one length, of text, of noise and of what only looks like base64.
  private static byte[] any(Random random) {
    var text = new StringBuilder();
    for (int pieces = 1 + random.nextInt(6); pieces > 0; pieces--) {
      switch (random.nextInt(5)) {
        case 0 -> text.append("Just text, of no length.\r\n".repeat(random.nextInt(20)));
        case 1 -> {
          byte[] noise = new byte[random.nextInt(300)];
          random.nextBytes(noise);
          text.append(new String(noise, ISO_8859_1));
        }
        case 2 -> text.append("A".repeat(random.nextInt(90))).append("=\r\n");
        default -> text.append(base64(random, random.nextInt(300), 4 * (8 + random.nextInt(15))));
      }
    }
    byte[] all = text.toString().getBytes(ISO_8859_1);
    int from = random.nextInt(1 + Math.min(100, all.length));
    byte[] block = Arrays.copyOfRange(all, from, Math.min(all.length, from + BLOCK_BYTES));
    if (block.length > 0 && random.nextInt(4) == 0) {
      block[random.nextInt(block.length)] = (byte) random.nextInt(256);
    }
    return block;
  }

  private static String base64(Random random, int lines, int length) {
    byte[] bytes = new byte[lines * length];
    random.nextBytes(bytes);
    String all = Base64.getEncoder().withoutPadding().encodeToString(bytes);
    var text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append(all, i * length, (i + 1) * length).append("\r\n");
    }
    return text.toString();
  }
}
