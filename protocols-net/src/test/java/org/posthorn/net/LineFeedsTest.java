package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LineFeedsTest {
  @Test
  void findsTheFirstLineFeedAmongAnyBytes() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      for (int j = random.nextInt(3); j > 0 && bytes.length > 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) "\n\n\u000b\t\u008a".charAt(random.nextInt(5));
      }
      int to = random.nextInt(bytes.length + 1);
      int from = random.nextInt(to + 1);
      int expected = from;
      while (expected < to && bytes[expected] != '\n') {
        expected++;
      }
      assertThat(LineFeeds.indexOf(bytes, from, to)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void findsTheFirstBreakAmongAnyBytes() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        if (bytes[j] >= 0 && bytes[j] < 14 && random.nextInt(20) > 0) {
          bytes[j] =
              (byte) "\t\u0001\u000c\u000e ~\u007f\u0080\u008a\u00ff".charAt(random.nextInt(10));
        }
      }
      int to = random.nextInt(bytes.length + 1);
      int from = random.nextInt(to + 1);
      int expected = from;
      while (expected < to
          && bytes[expected] != '\r'
          && bytes[expected] != '\n'
          && bytes[expected] != 0) {
        expected++;
      }
      assertThat(LineFeeds.breakAt(bytes, from, to)).as("seed %d", seed).isEqualTo(expected);
    }
  }
}
