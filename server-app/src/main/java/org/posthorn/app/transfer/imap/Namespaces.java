package org.posthorn.app.transfer.imap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the names of mailboxes on another server begin with (RFC 2342): the user's own, and those
/// of others or of everybody.
record Namespaces(List<String> own, List<String> foreign) {
  /// Of a server that does not say.
  static final Namespaces NONE = new Namespaces(List.of(), List.of());

  Namespaces {
    own = List.copyOf(own);
    foreign = List.copyOf(foreign);
  }

  /// `* NAMESPACE (("INBOX." ".")) (("user." ".")) NIL`: the user's own, other users', shared ones.
  static Optional<Namespaces> read(List<Object> response) {
    if (response.size() < 3 || !ImapResponses.is(response.get(1), "NAMESPACE")) {
      return Optional.empty();
    }
    List<String> foreign = new ArrayList<>();
    for (Object kind : response.subList(3, Math.min(response.size(), 5))) {
      foreign.addAll(prefixes(kind));
    }
    return Optional.of(new Namespaces(prefixes(response.get(2)), foreign));
  }

  private static List<String> prefixes(Object kind) {
    List<String> prefixes = new ArrayList<>();
    if (kind instanceof List<?> namespaces) {
      for (Object namespace : namespaces) {
        if (namespace instanceof List<?> described && !described.isEmpty()) {
          prefixes.add(String.valueOf(described.getFirst()));
        }
      }
    }
    return prefixes;
  }

  /// With which names of the user's own begin, and which is no level of ours.
  String prefix() {
    return own.isEmpty() ? "" : own.getFirst();
  }

  /// Where several fit, as where one is the beginning of all names, the longest one counts.
  boolean isOwn(String wireName, Object delimiter) {
    if (wireName.equalsIgnoreCase("INBOX")) {
      return true;
    }
    String root = ImapResponses.isNil(delimiter) ? wireName : wireName + delimiter;
    return longest(own, root) >= longest(foreign, root);
  }

  /// -1: none.
  private static int longest(List<String> prefixes, String name) {
    return prefixes.stream().filter(name::startsWith).mapToInt(String::length).max().orElse(-1);
  }
}
