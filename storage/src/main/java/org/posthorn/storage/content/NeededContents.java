package org.posthorn.storage.content;

import com.google.common.hash.BloomFilter;
import com.google.common.hash.Funnels;
import java.util.concurrent.ThreadLocalRandom;

/// The contents that are needed, in about ten bits each: one that is in it is always found; of
/// those that are not, one in a hundred is found all the same. The salt is another one each time,
/// so that it is not the same ones again. Safe for use by many threads.
final class NeededContents {
  private static final double FALSELY_FOUND = 0.01;

  /// More are put into what is there; then more are found falsely. 60 MB.
  private static final long EXPECTED_MAX = 50_000_000;

  private final BloomFilter<Long> filter;
  private final long salt = ThreadLocalRandom.current().nextLong();

  NeededContents(long expected) {
    this.filter =
        BloomFilter.create(
            Funnels.longFunnel(), Math.clamp(expected, 1_000, EXPECTED_MAX), FALSELY_FOUND);
  }

  void add(Place place) {
    filter.put(place.code() ^ salt);
  }

  boolean mayHave(Place place) {
    return filter.mightContain(place.code() ^ salt);
  }
}
