package org.posthorn.spool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A line in which the more urgent stand before the less urgent (RFC 6710 §5.1), and among those of
/// one priority a flood holds up nobody else: people who have logged in, strangers and reports take
/// turns, and among each of these the senders. What one sender sent keeps its order. Used under its
/// owner's lock.
final class Lanes<T> {
  private static final List<Sender.Kind> KINDS = List.of(Sender.Kind.values());

  private final TreeMap<Integer, Priority<T>> lines = new TreeMap<>();
  private int size;

  /// All of one priority. Senders stand in the order in which it is their turn.
  private static final class Priority<T> {
    private final Map<Sender.Kind, LinkedHashMap<Sender, ArrayDeque<T>>> senders =
        new EnumMap<>(Sender.Kind.class);
    private int turn;

    void add(T next, Sender sender) {
      senders
          .computeIfAbsent(sender.kind(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(sender, _ -> new ArrayDeque<>())
          .add(next);
    }

    @Nullable T poll(Predicate<Sender> mayGo) {
      for (int i = 0; i < KINDS.size(); i++) {
        turn = (turn + 1) % KINDS.size();
        LinkedHashMap<Sender, ArrayDeque<T>> lane = senders.get(KINDS.get(turn));
        @Nullable Sender sender = lane == null ? null : first(lane, mayGo);
        if (lane != null && sender != null) {
          return take(lane, sender);
        }
      }
      return null;
    }

    private static <T> @Nullable Sender first(
        Map<Sender, ArrayDeque<T>> lane, Predicate<Sender> mayGo) {
      for (Sender sender : lane.keySet()) {
        if (mayGo.test(sender)) {
          return sender;
        }
      }
      return null;
    }

    /// Whoever had a turn goes to the end.
    private @Nullable T take(Map<Sender, ArrayDeque<T>> lane, Sender sender) {
      ArrayDeque<T> line = lane.remove(sender);
      if (line == null) {
        return null;
      }
      T next = line.poll();
      if (!line.isEmpty()) {
        lane.put(sender, line);
      } else if (lane.isEmpty()) {
        senders.remove(sender.kind());
      }
      return next;
    }

    @Nullable T pollLastOfLongest() {
      return senders.values().stream()
          .flatMap(lane -> lane.values().stream())
          .max(Comparator.comparingInt(ArrayDeque::size))
          .map(this::removeLast)
          .orElse(null);
    }

    private T removeLast(ArrayDeque<T> line) {
      T last = line.removeLast();
      if (line.isEmpty()) {
        removeEmpty();
      }
      return last;
    }

    void forEach(Consumer<T> use) {
      senders.values().forEach(lane -> lane.values().forEach(line -> line.forEach(use)));
    }

    void removeIf(Predicate<T> which) {
      senders.values().forEach(lane -> lane.values().forEach(line -> line.removeIf(which)));
      removeEmpty();
    }

    private void removeEmpty() {
      senders.values().forEach(lane -> lane.values().removeIf(ArrayDeque::isEmpty));
      senders.values().removeIf(LinkedHashMap::isEmpty);
    }
  }

  void add(T next, int priority, Sender sender) {
    lines.computeIfAbsent(-priority, _ -> new Priority<>()).add(next, sender);
    size++;
  }

  /// Null when there is none.
  @Nullable T poll() {
    return poll(_ -> true);
  }

  /// The next whose sender may go; null when there is none.
  @Nullable T poll(Predicate<Sender> mayGo) {
    for (var line : lines.entrySet()) {
      T next = line.getValue().poll(mayGo);
      if (next != null) {
        removed(line.getKey(), line.getValue());
        return next;
      }
    }
    return null;
  }

  /// Puts out the last one of the least urgent sender who has most of them: who floods makes room.
  /// Null when there is none.
  @Nullable T pollLastOfLongest() {
    var last = lines.lastEntry();
    if (last == null) {
      return null;
    }
    T next = last.getValue().pollLastOfLongest();
    removed(last.getKey(), last.getValue());
    return next;
  }

  private void removed(Integer key, Priority<T> line) {
    size--;
    if (line.senders.isEmpty()) {
      lines.remove(key);
    }
  }

  /// Puts those out; the others keep their order.
  List<T> takeOut(Predicate<T> which) {
    List<T> out = new ArrayList<>();
    forEach(each -> {
      if (which.test(each)) {
        out.add(each);
      }
    });
    if (!out.isEmpty()) {
      lines.values().forEach(line -> line.removeIf(which));
      lines.values().removeIf(line -> line.senders.isEmpty());
      size -= out.size();
    }
    return out;
  }

  void forEach(Consumer<T> use) {
    lines.values().forEach(line -> line.forEach(use));
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Gives all of them away, the first first.
  void drainTo(Consumer<T> taker) {
    for (T next = poll(); next != null; next = poll()) {
      taker.accept(next);
    }
  }
}
