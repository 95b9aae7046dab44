package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/// A map from names that is never changed: a changed one shares most of its parts with the one
/// before, so adding the 100,000th name does not copy the others.
final class NameTable<V> {
  private static final int PARTS = 256;

  private final List<Map<String, V>> parts;
  private final int size;

  private NameTable(List<Map<String, V>> parts, int size) {
    this.parts = parts;
    this.size = size;
  }

  static <V> NameTable<V> empty() {
    return new NameTable<>(Collections.nCopies(PARTS, Map.of()), 0);
  }

  static <V> NameTable<V> of(Map<String, V> all) {
    var parts = new ArrayList<Map<String, V>>();
    for (int i = 0; i < PARTS; i++) {
      parts.add(new HashMap<>());
    }
    all.forEach((name, value) -> parts.get(part(name)).put(name, value));
    return new NameTable<>(parts, all.size());
  }

  int size() {
    return size;
  }

  Optional<V> find(String name) {
    return Optional.ofNullable(parts.get(part(name)).get(name));
  }

  boolean has(String name) {
    return parts.get(part(name)).containsKey(name);
  }

  NameTable<V> with(String name, V value) {
    var changed = new HashMap<>(parts.get(part(name)));
    boolean fresh = changed.put(name, value) == null;
    return replaced(name, changed, fresh ? size + 1 : size);
  }

  NameTable<V> without(String name) {
    var changed = new HashMap<>(parts.get(part(name)));
    boolean there = changed.remove(name) != null;
    return replaced(name, changed, there ? size - 1 : size);
  }

  void forEach(BiConsumer<String, V> action) {
    parts.forEach(part -> part.forEach(action));
  }

  private NameTable<V> replaced(String name, Map<String, V> part, int newSize) {
    var next = new ArrayList<>(parts);
    next.set(part(name), part);
    return new NameTable<>(next, newSize);
  }

  private static int part(String name) {
    int hash = name.hashCode();
    return (hash ^ (hash >>> 16) ^ (hash >>> 8)) & (PARTS - 1);
  }
}
