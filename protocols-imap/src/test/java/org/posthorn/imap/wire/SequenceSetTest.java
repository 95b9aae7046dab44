package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceSetTest {
  /// RFC 3501 §9: `*:4,5:7` for 10 messages is 4 to 10.
  @Test
  void resolvesTheExamplesOfTheRfc() {
    assertThat(set(SequenceSet.STAR, 4, 5, 7).resolve(10))
        .containsExactly(new SequenceSet.Range(4, 10));
    assertThat(set(3291, SequenceSet.STAR).resolve(12))
        .containsExactly(new SequenceSet.Range(12, 3291));
    assertThat(set(2, 2, 4, 7, 9, 9, 12, SequenceSet.STAR).resolve(15))
        .containsExactly(
            new SequenceSet.Range(2, 2),
            new SequenceSet.Range(4, 7),
            new SequenceSet.Range(9, 9),
            new SequenceSet.Range(12, 15));
  }

  @Test
  void knowsWhatIsTooLarge() {
    assertThat(set(1, 5).within(5)).isTrue();
    assertThat(set(1, 6).within(5)).isFalse();
    assertThat(set(1, SequenceSet.STAR).within(5)).isTrue();
    assertThat(set(6, SequenceSet.STAR).within(5)).isFalse();
    assertThat(set(SequenceSet.STAR, SequenceSet.STAR).within(0)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void resolvesAsASetOfNumbersWould(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      int largest = 1 + random.nextInt(40);
      List<SequenceSet.Range> ranges = new ArrayList<>();
      var expected = new TreeSet<Long>();
      for (int j = random.nextInt(6); j >= 0; j--) {
        long first = number(random);
        long last = number(random);
        ranges.add(new SequenceSet.Range(first, last));
        long from = first == SequenceSet.STAR ? largest : first;
        long to = last == SequenceSet.STAR ? largest : last;
        for (long n = Math.min(from, to); n <= Math.max(from, to); n++) {
          expected.add(n);
        }
      }
      List<Long> found = new ArrayList<>();
      long before = -1;
      for (SequenceSet.Range range : new SequenceSet(ranges).resolve(largest)) {
        assertThat(range.first()).as("seed " + seed).isGreaterThan(before + 1);
        for (long n = range.first(); n <= range.last(); n++) {
          found.add(n);
        }
        before = range.last();
      }
      assertThat(found).as("seed " + seed + ", " + ranges).containsExactlyElementsOf(expected);
    }
  }

  private static long number(Random random) {
    return random.nextInt(8) == 0 ? SequenceSet.STAR : 1 + random.nextInt(50);
  }

  private static SequenceSet set(long... ends) {
    List<SequenceSet.Range> ranges = new ArrayList<>();
    for (int i = 0; i < ends.length; i += 2) {
      ranges.add(new SequenceSet.Range(ends[i], ends[i + 1]));
    }
    return new SequenceSet(ranges);
  }
}
