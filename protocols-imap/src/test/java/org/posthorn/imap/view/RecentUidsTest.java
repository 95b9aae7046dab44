package org.posthorn.imap.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentUidsTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void hasWhatWasAdded(long seed) {
    var random = new Random(seed);
    var recent = new RecentUids();
    var added = new BitSet();
    int first = 1;
    for (int i = 0; i < 200; i++) {
      first += random.nextInt(4);
      int end = first + random.nextInt(5);
      recent.add(first, end);
      added.set(first, end);
      first = end;
    }
    for (int uid = 0; uid < first + 10; uid++) {
      assertThat(recent.contains(uid)).as("seed " + seed + ": " + uid).isEqualTo(added.get(uid));
    }
  }
}
