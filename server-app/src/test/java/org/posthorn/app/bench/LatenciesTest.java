package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LatenciesTest {
  @Test
  void percentilesAreRightWithinThreePercent() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    long[] all = new long[5_000];
    var latencies = new Latencies();
    for (int i = 0; i < all.length; i++) {
      all[i] = 1 + random.nextLong(1L << random.nextInt(1, 40));
      latencies.add(all[i]);
    }
    Arrays.sort(all);
    for (double part : new double[] {0.01, 0.5, 0.95, 0.99, 1}) {
      double exact = all[(int) Math.ceil(part * all.length) - 1];
      assertThat((double) latencies.within(part).toNanos())
          .as("seed %d, %s", seed, part)
          .isBetween(exact < 64 ? 0 : exact * 0.96, exact);
    }
  }

  @Test
  void nothingTakesNoTime() {
    assertThat(new Latencies().within(0.99)).isEqualTo(Duration.ZERO);
  }
}
