package org.posthorn.spool.chain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Configuration as it was read, before anybody knows what it means: texts, lists and blocks.
/// `where` names the place for messages, such as `chain.yaml:12`; empty when nobody knows.
public sealed interface ConfigTree {
  String where();

  record Text(String text, String where) implements ConfigTree {}

  record Items(List<ConfigTree> items, String where) implements ConfigTree {
    public Items {
      items = List.copyOf(items);
    }
  }

  /// `entries` in the order of the file.
  record Block(Map<String, ConfigTree> entries, String where) implements ConfigTree {
    public Block {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /// From maps, lists and values such as a YAML reader makes.
  static ConfigTree of(Object plain) {
    return switch (plain) {
      case ConfigTree tree -> tree;
      case Map<?, ?> map -> {
        Map<String, ConfigTree> entries = new LinkedHashMap<>();
        map.forEach((key, value) -> entries.put(String.valueOf(key), of(value)));
        yield new Block(entries, "");
      }
      case List<?> list -> new Items(list.stream().map(ConfigTree::of).toList(), "");
      default -> new Text(plain.toString(), "");
    };
  }

  /// What it is, for who expects something else.
  default String words() {
    return switch (this) {
      case Text(String text, _) -> text.isEmpty() ? "empty" : "'" + text + "'";
      case Items _ -> "a list";
      case Block _ -> "a block of names and values";
    };
  }

  /// Texts, lists and maps again.
  default Object plain() {
    return switch (this) {
      case Text(String text, _) -> text;
      case Items(List<ConfigTree> items, _) -> items.stream().map(ConfigTree::plain).toList();
      case Block(Map<String, ConfigTree> entries, _) -> {
        Map<String, Object> plain = new LinkedHashMap<>();
        entries.forEach((name, tree) -> plain.put(name, tree.plain()));
        yield plain;
      }
    };
  }
}
