package org.posthorn.storage.remember;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// A change of a [PluginStore] while it is made. Used by one thread at a time.
public final class StoreDraft {
  private static final int KEY_MAX_BYTES = 255;
  private static final int VALUE_MAX_BYTES = 32 << 10;
  private static final int MAX_KEYS = 500;
  private static final int MAX_BYTES = 512 << 10;

  private final Engine engine;
  private final Partition partition;
  private final InstantSource clock;
  private final Layer base;
  private final Map<String, Optional<StoredValue>> written = new HashMap<>();
  private int sizeBytes;

  StoreDraft(Engine engine, Partition partition, InstantSource clock, Layer base) {
    this.engine = engine;
    this.partition = partition;
    this.clock = clock;
    this.base = base;
  }

  public Optional<String> find(String key) {
    return value(key).flatMap(value -> value.at(clock.instant()));
  }

  /// For good.
  public void put(String key, String value) {
    write(key, Optional.of(new StoredValue(value, 0)));
  }

  /// Until `keep` from now has passed.
  public void put(String key, String value, Duration keep) {
    long until = Math.max(1, clock.instant().plus(keep).toEpochMilli());
    write(key, Optional.of(new StoredValue(value, until)));
  }

  public void remove(String key) {
    write(key, Optional.empty());
  }

  /// Those of the keys whose values are over. Returns how many.
  int forget(List<String> keys) {
    List<String> over =
        keys.stream()
            .filter(key -> value(key).filter(one -> one.isOver(clock.instant())).isPresent())
            .toList();
    over.forEach(this::remove);
    return over.size();
  }

  Layer base() {
    return base;
  }

  Map<String, Optional<StoredValue>> written() {
    return written;
  }

  private Optional<StoredValue> value(String key) {
    return written.containsKey(key)
        ? written.getOrDefault(key, Optional.empty())
        : base.find(key, () -> stored(key));
  }

  private Optional<StoredValue> stored(String key) {
    return key.isEmpty()
        ? Optional.empty()
        : engine.get(partition, PluginStore.utf8(key)).map(StoredValue::read);
  }

  private void write(String key, Optional<StoredValue> value) {
    int keyBytes = checked("key", key, 1, KEY_MAX_BYTES);
    if (written.containsKey(key)) {
      sizeBytes -= sizeBytes(keyBytes, written.getOrDefault(key, Optional.empty()));
    }
    written.put(key, value);
    value.ifPresent(one -> checked("value", one.text(), 0, VALUE_MAX_BYTES));
    sizeBytes += sizeBytes(keyBytes, value);
    if (written.size() > MAX_KEYS || sizeBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A change writes at most %d keys and %d bytes; make several"
              .formatted(MAX_KEYS, MAX_BYTES));
    }
  }

  private static int sizeBytes(int keyBytes, Optional<StoredValue> value) {
    return keyBytes + value.map(one -> PluginStore.utf8(one.text()).length).orElse(0);
  }

  private static int checked(String what, String text, int minBytes, int maxBytes) {
    int bytes = PluginStore.utf8(text).length;
    if (bytes < minBytes || bytes > maxBytes) {
      throw new IllegalArgumentException(
          "A %s has %d to %d bytes, not %d".formatted(what, minBytes, maxBytes, bytes));
    }
    return bytes;
  }
}
