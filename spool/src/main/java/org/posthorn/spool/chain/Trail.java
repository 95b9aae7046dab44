package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How mail came into the processor where it is, through which others. `round` counts how often it
/// has come into this one on its way.
final class Trail {
  /// No sensible chain comes near it; one that goes in circles does.
  private static final int ROUNDS_MAX = 100;

  private static final int NAMED_MAX = 10;

  private final Processor processor;
  private final int round;
  private final @Nullable Trail before;

  /// What sent it here from there.
  private final String by;

  private Trail(Processor processor, int round, @Nullable Trail before, String by) {
    this.processor = processor;
    this.round = round;
    this.before = before;
    this.by = by;
  }

  static Trail beginsIn(Processor processor) {
    return new Trail(processor, 1, null, "");
  }

  /// On from the step of this number, or from the end, of the processor where it is.
  Trail into(Processor next, int index) {
    @Nullable Trail last = last(next);
    return new Trail(next, last == null ? 1 : last.round + 1, this, processor.nameOf(index));
  }

  private @Nullable Trail last(Processor of) {
    for (@Nullable Trail each = this; each != null; each = each.before) {
      if (each.processor.name().equals(of.name())) {
        return each;
      }
    }
    return null;
  }

  Processor processor() {
    return processor;
  }

  int round() {
    return round;
  }

  boolean goesInCircles() {
    return round > ROUNDS_MAX;
  }

  /// The steps of the last round, in the order in which the mail came through them, such as
  /// `one/Step (chain.yaml:3) -> two/Other (chain.yaml:9) -> one`; empty without one.
  String circle() {
    if (round == 1) {
      return "";
    }
    List<String> steps = new ArrayList<>();
    @Nullable Trail each = this;
    do {
      steps.add(each.by);
      each = each.before;
    } while (each != null && !each.processor.name().equals(processor.name()));
    Collections.reverse(steps);
    String named = String.join(" -> ", steps.subList(0, Math.min(NAMED_MAX, steps.size())));
    String more = steps.size() > NAMED_MAX ? " -> …" : "";
    return named + more + " -> " + processor.name();
  }
}
