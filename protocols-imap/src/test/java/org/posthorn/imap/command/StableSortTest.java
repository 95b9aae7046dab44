package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StableSortTest {
  @Test
  void sortsAndLeavesEqualOnesAsTheyAre() {
    var random = new Random(5);
    for (int size : new int[] {0, 1, 2, 7, 8, 9, 63, 64, 65, 1_000}) {
      int[] values = random.ints(size, 0, 50).toArray();

      int[] sorted =
          StableSort.sorted(size, (one, other) -> Integer.compare(values[one], values[other]));

      int[] expected =
          IntStream.range(0, size)
              .boxed()
              .sorted(Comparator.comparingInt((Integer i) -> values[i]))
              .mapToInt(i -> i)
              .toArray();
      assertThat(sorted).isEqualTo(expected);
    }
  }

  @Test
  void knowsWhatIsInOrderAlready() {
    int[] compared = new int[1];

    StableSort.sorted(
        100_000,
        (one, other) -> {
          compared[0]++;
          return Integer.compare(one, other);
        });

    assertThat(compared[0]).isLessThan(110_000);
  }
}
