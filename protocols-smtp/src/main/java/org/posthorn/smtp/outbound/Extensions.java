package org.posthorn.smtp.outbound;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1): keywords in upper case with
/// their parameters.
record Extensions(Map<String, List<String>> offered) {
  static final Extensions NONE = new Extensions(Map.of());

  Extensions {
    offered = Map.copyOf(offered);
  }

  static Extensions in(Reply ehlo) {
    Map<String, List<String>> offered = new HashMap<>();
    ehlo.lines().stream()
        .skip(1)
        .map(line -> List.of(line.strip().toUpperCase(Locale.ROOT).split("[ =]+", -1)))
        .forEach(words -> offered.putIfAbsent(words.getFirst(), words.subList(1, words.size())));
    return new Extensions(offered);
  }

  boolean has(String keyword) {
    return offered.containsKey(keyword);
  }

  /// The largest message that the server takes (RFC 1870); 0 if it does not say.
  long sizeMaxBytes() {
    List<String> size = offered.getOrDefault("SIZE", List.of());
    return !size.isEmpty() && size.getFirst().matches("[0-9]{1,18}")
        ? Long.parseLong(size.getFirst())
        : 0;
  }

  Set<String> loginMechanisms() {
    return new HashSet<>(offered.getOrDefault("AUTH", List.of()));
  }
}
