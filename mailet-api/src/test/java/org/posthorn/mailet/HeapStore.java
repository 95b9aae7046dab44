package org.posthorn.mailet;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/// A store for tests. Safe for use by many threads.
public final class HeapStore implements Store {
  private final InstantSource clock;
  private final TreeMap<String, Kept> kept =
      new TreeMap<>((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
  private boolean changing;

  private record Kept(String value, Instant until) {}

  public HeapStore(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public synchronized Optional<String> find(String key) {
    return Optional.ofNullable(kept.get(key))
        .filter(one -> clock.instant().isBefore(one.until()))
        .map(Kept::value);
  }

  @Override
  public synchronized List<Entry> list(String prefix, Optional<String> after, int limit) {
    if (limit < 1 || limit > LIST_MAX) {
      throw new IllegalArgumentException("A list has 1 to " + LIST_MAX + " entries, not " + limit);
    }
    return kept.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .filter(key -> after.isEmpty() || kept.comparator().compare(key, after.get()) > 0)
        .flatMap(key -> find(key).map(value -> new Entry(key, value)).stream())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized <R> R change(Function<Draft, R> edit) {
    if (changing) {
      throw new IllegalStateException("A change within a change: use the draft");
    }
    changing = true;
    try {
      var draft = new HeapDraft();
      R result = edit.apply(draft);
      draft.written.forEach(
          (key, one) -> one.ifPresentOrElse(value -> kept.put(key, value), () -> kept.remove(key)));
      return result;
    } finally {
      changing = false;
    }
  }

  private final class HeapDraft implements Draft {
    private final Map<String, Optional<Kept>> written = new HashMap<>();

    @Override
    public Optional<String> find(String key) {
      Optional<Kept> mine = written.get(key);
      return mine == null ? HeapStore.this.find(key) : mine.map(Kept::value);
    }

    @Override
    public void put(String key, String value) {
      write(key, Optional.of(new Kept(value, Instant.MAX)));
    }

    @Override
    public void put(String key, String value, Duration keep) {
      write(key, Optional.of(new Kept(value, clock.instant().plus(keep))));
    }

    @Override
    public void remove(String key) {
      write(key, Optional.empty());
    }

    private void write(String key, Optional<Kept> value) {
      check("key", key, 1, KEY_MAX_BYTES);
      value.ifPresent(one -> check("value", one.value(), 0, VALUE_MAX_BYTES));
      written.put(key, value);
      List<Integer> sizes = new ArrayList<>();
      written.forEach((name, one) ->
          sizes.add(utf8(name).length + one.map(kept -> utf8(kept.value()).length).orElse(0)));
      if (written.size() > CHANGE_MAX_KEYS
          || sizes.stream().mapToInt(Integer::intValue).sum() > CHANGE_MAX_BYTES) {
        throw new IllegalArgumentException(
            "A change writes at most %d keys and %d bytes"
                .formatted(CHANGE_MAX_KEYS, CHANGE_MAX_BYTES));
      }
    }
  }

  private static void check(String what, String text, int minBytes, int maxBytes) {
    int bytes = utf8(text).length;
    if (bytes < minBytes || bytes > maxBytes) {
      throw new IllegalArgumentException(
          "A %s has %d to %d bytes, not %d".formatted(what, minBytes, maxBytes, bytes));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
