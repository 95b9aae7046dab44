package org.posthorn.spool;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.posthorn.mailet.Store;

/// What a plugin has kept, and what it would have changed since. Safe for use by many threads.
final class RehearsedStore implements Store {
  private static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private final Store real;
  private final Map<String, Optional<String>> changed = new HashMap<>();

  RehearsedStore(Store real) {
    this.real = real;
  }

  @Override
  public synchronized Optional<String> find(String key) {
    Optional<String> after = changed.get(key);
    return after == null ? real.find(key) : after;
  }

  /// What was removed may leave fewer than asked for; a rehearsal is of one mail.
  @Override
  public synchronized List<Entry> list(String prefix, Optional<String> after, int limit) {
    var all = new TreeMap<String, String>(BY_BYTES);
    real.list(prefix, after, limit).forEach(entry -> all.put(entry.key(), entry.value()));
    changed.forEach((key, value) -> {
      boolean asked =
          key.startsWith(prefix) && (after.isEmpty() || BY_BYTES.compare(key, after.get()) > 0);
      all.remove(key);
      value.filter(_ -> asked).ifPresent(text -> all.put(key, text));
    });
    return all.entrySet().stream()
        .limit(limit)
        .map(entry -> new Entry(entry.getKey(), entry.getValue()))
        .toList();
  }

  @Override
  public synchronized <R> R change(Function<Draft, R> edit) {
    var draft = new Trial();
    R result = edit.apply(draft);
    changed.putAll(draft.written);
    return result;
  }

  private final class Trial implements Draft {
    private final Map<String, Optional<String>> written = new HashMap<>();

    @Override
    public Optional<String> find(String key) {
      Optional<String> mine = written.get(key);
      return mine == null ? RehearsedStore.this.find(key) : mine;
    }

    @Override
    public void put(String key, String value) {
      written.put(key, Optional.of(value));
    }

    @Override
    public void put(String key, String value, Duration keep) {
      put(key, value);
    }

    @Override
    public void remove(String key) {
      written.put(key, Optional.empty());
    }
  }
}
