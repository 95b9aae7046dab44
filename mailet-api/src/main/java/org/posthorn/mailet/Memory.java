package org.posthorn.mailet;

import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Small values that a plugin keeps over restarts: who was here before, how much was sent. Each has
/// a time after which it is forgotten. Reads see what was written before; what was written in the
/// last seconds may be lost when the server is killed, and nothing of it is in backups, so keep
/// nothing here that must not be lost: that is for a [Store]. Safe for use by many threads.
///
/// ```java
/// Memory memory = services.memory("acme.visits");
/// Optional<String> visits = memory.update(
///     client, Duration.ofDays(30), before -> Optional.of(before.orElse("") + "I"));
/// ```
public interface Memory {
  /// UTF-8 bytes of a key.
  int KEY_MAX_BYTES = 255;

  /// UTF-8 bytes of a value.
  int VALUE_MAX_BYTES = 4096;

  Optional<String> find(String key);

  /// Changes a value as one step: `change` gets what is there and returns what is to be there, to
  /// be kept for `keep` from now; empty: nothing. May be called more than once. Throws
  /// `IllegalArgumentException` for a key or a value that is too long.
  Optional<String> update(String key, Duration keep, UnaryOperator<Optional<String>> change);

  default void put(String key, String value, Duration keep) {
    update(key, keep, _ -> Optional.of(value));
  }

  default void remove(String key) {
    update(key, Duration.ZERO, _ -> Optional.empty());
  }
}
