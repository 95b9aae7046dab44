package org.posthorn.mailet;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A memory for tests. Safe for use by many threads.
public final class HeapMemory implements Memory {
  private final InstantSource clock;
  private final Map<String, Kept> kept = new HashMap<>();

  private record Kept(String value, Instant until) {}

  public HeapMemory(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public synchronized Optional<String> find(String key) {
    return Optional.ofNullable(kept.get(key))
        .filter(one -> clock.instant().isBefore(one.until()))
        .map(Kept::value);
  }

  @Override
  public synchronized Optional<String> update(
      String key, Duration keep, UnaryOperator<Optional<String>> change) {
    Optional<String> after = change.apply(find(key));
    after.ifPresentOrElse(
        value -> kept.put(key, new Kept(value, clock.instant().plus(keep))),
        () -> kept.remove(key));
    return after;
  }
}
