package org.posthorn.storage.directory;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// The groups of a domain with the names of their members, both ways round. Immutable.
final class Groups {
  static final Groups NONE = new Groups(new TreeMap<>());

  private final SortedMap<String, Set<String>> members;
  private final Map<String, Set<String>> groups = new HashMap<>();

  private Groups(SortedMap<String, Set<String>> members) {
    this.members = members;
    members.forEach((group, names) ->
        names.forEach(name -> groups.computeIfAbsent(name, _ -> new TreeSet<>()).add(group)));
  }

  static Groups of(Map<String, Set<String>> members) {
    return new Groups(new TreeMap<>(members));
  }

  /// All groups in the order of their names.
  SortedMap<String, Set<String>> all() {
    return Collections.unmodifiableSortedMap(members);
  }

  /// For the caller to change.
  Optional<Set<String>> members(String group) {
    return Optional.ofNullable(members.get(group)).map(TreeSet::new);
  }

  /// The groups that somebody is in.
  Set<String> groupsOf(String member) {
    return Set.copyOf(groups.getOrDefault(member, Set.of()));
  }

  Groups with(String group, Set<String> names) {
    var next = new TreeMap<>(members);
    next.put(group, Collections.unmodifiableSortedSet(new TreeSet<>(names)));
    return new Groups(next);
  }

  Groups without(String group) {
    var next = new TreeMap<>(members);
    next.remove(group);
    return new Groups(next);
  }
}
