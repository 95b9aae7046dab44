package org.posthorn.spool;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A line in which the more urgent stand before the less urgent (RFC 6710 §5.1), and those of one
/// priority in the order in which they came. Used under its owner's lock.
final class ByPriority<T> {
  private final TreeMap<Integer, ArrayDeque<T>> lines = new TreeMap<>();
  private int size;

  void add(T next, int priority) {
    lines.computeIfAbsent(-priority, _ -> new ArrayDeque<>()).add(next);
    size++;
  }

  /// Null when there is none.
  @Nullable T poll() {
    var first = lines.firstEntry();
    if (first == null) {
      return null;
    }
    T next = first.getValue().poll();
    if (first.getValue().isEmpty()) {
      lines.remove(first.getKey());
    }
    size--;
    return next;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Gives all of them away, the first first.
  void drainTo(Consumer<T> taker) {
    for (Optional<T> next = Optional.ofNullable(poll());
        next.isPresent();
        next = Optional.ofNullable(poll())) {
      taker.accept(next.get());
    }
  }
}
