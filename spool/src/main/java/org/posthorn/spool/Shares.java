package org.posthorn.spool;

import java.util.HashMap;
import java.util.Map;

/// Who has how much of what all share: a sender gets one more while it has less than twice of what
/// is left. One alone gets two thirds, the next one two thirds of the rest: there is always room
/// for who comes next. Used under its owner's lock.
final class Shares {
  private static final int TIMES_LEFT = 2;

  private final int max;
  private final Map<Sender, Integer> taken = new HashMap<>();
  private int all;

  Shares(int max) {
    this.max = max;
  }

  boolean mayTake(Sender sender) {
    return taken.getOrDefault(sender, 0) < TIMES_LEFT * (max - all);
  }

  void take(Sender sender) {
    taken.merge(sender, 1, Integer::sum);
    all++;
  }

  void giveBack(Sender sender) {
    taken.computeIfPresent(sender, (_, count) -> count == 1 ? null : count - 1);
    all--;
  }

  void clear() {
    taken.clear();
    all = 0;
  }

  int all() {
    return all;
  }
}
