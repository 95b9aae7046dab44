package org.posthorn.app.transfer.intake;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What was odd, counted by kind, with a few examples of each. Safe for use by many threads.
public final class Oddities {
  private static final int EXAMPLES_MAX = 5;

  private final Map<Oddity, Count> counts = new EnumMap<>(Oddity.class);

  /// How often, and the first examples.
  public record Count(long number, List<String> examples) {
    public Count {
      examples = List.copyOf(examples);
    }

    Count plus(String example) {
      if (examples.size() >= EXAMPLES_MAX) {
        return new Count(number + 1, examples);
      }
      var more = new ArrayList<>(examples);
      more.add(example);
      return new Count(number + 1, more);
    }
  }

  public synchronized void add(Oddity oddity, String example) {
    counts.merge(oddity, new Count(1, List.of(example)), (old, _) -> old.plus(example));
  }

  public synchronized Map<Oddity, Count> counts() {
    return new EnumMap<>(counts);
  }

  /// How many messages were left out.
  public synchronized long leftOut() {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().leavesOut())
        .mapToLong(entry -> entry.getValue().number())
        .sum();
  }
}
