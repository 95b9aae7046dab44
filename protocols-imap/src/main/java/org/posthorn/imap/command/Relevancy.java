package org.posthorn.imap.command;

import java.util.Arrays;

/// How near the messages are to what a fuzzy search looks for (RFC 6203 §4): the mean of what its
/// keys say of each. Lives as long as one command; used by one thread.
final class Relevancy {
  private static final int HIGHEST = 100;

  private float[] sums = new float[0];
  private int[] counts = new int[0];

  /// A key has found a message.
  void add(int index, float nearness) {
    if (index >= sums.length) {
      int room = Math.max(index + 1, sums.length * 2);
      sums = Arrays.copyOf(sums, room);
      counts = Arrays.copyOf(counts, room);
    }
    sums[index] += nearness;
    counts[index]++;
  }

  /// From 1 to 100, the highest, of each of these messages: the nearest of them has 100, and the
  /// others in proportion to that.
  int[] scores(int[] indexes) {
    float highest = 0;
    for (int index : indexes) {
      highest = Math.max(highest, nearness(index));
    }
    int[] scores = new int[indexes.length];
    for (int i = 0; i < scores.length; i++) {
      float part = highest == 0 ? 1 : nearness(indexes[i]) / highest;
      scores[i] = Math.clamp(Math.round(part * HIGHEST), 1, HIGHEST);
    }
    return scores;
  }

  private float nearness(int index) {
    return index < sums.length && counts[index] > 0 ? sums[index] / counts[index] : 0;
  }
}
