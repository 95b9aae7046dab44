package org.posthorn.spool;

import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.posthorn.mailet.Memory;
import org.posthorn.storage.remember.Memories;

/// The part of the server's memory that one plugin has.
record NamedMemory(Memories memories, String name) implements Memory {
  @Override
  public Optional<String> find(String key) {
    return memories.find(name, key);
  }

  @Override
  public Optional<String> update(
      String key, Duration keep, UnaryOperator<Optional<String>> change) {
    return memories.update(name, key, keep, change);
  }
}
