package org.posthorn.app;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.posthorn.app.config.Setting;

/// The keys whose values a reload found to be other than those in force. A list that has become
/// longer or shorter is one of them, not all that stands in it: what has only moved has not
/// changed.
record Changes(Set<String> all) {
  /// What [PosthornServer#reload] takes over.
  private static final List<String> AT_ONCE =
      List.of(
          "log.level",
          "log.levels.",
          "tls.",
          "chain-file",
          "gates-file",
          "outbound.routes",
          "outbound.static-routes",
          "outbound.credentials");

  static Changes between(List<Setting> before, List<Setting> after) {
    Set<String> same = values(before);
    same.retainAll(values(after));
    var changed = new TreeSet<String>();
    Stream.concat(before.stream(), after.stream())
        .filter(setting -> !same.contains(value(setting)))
        .forEach(setting -> changed.add(setting.key()));
    Map<String, Set<String>> entriesBefore = entries(before);
    Map<String, Set<String>> entriesAfter = entries(after);
    return new Changes(
        changed.stream()
            .map(key ->
                lists(key).stream()
                    .filter(list ->
                        !entriesBefore
                            .getOrDefault(list, Set.of())
                            .equals(entriesAfter.getOrDefault(list, Set.of())))
                    .findFirst()
                    .orElse(key))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  /// The entries of each list, as `routes[0]`.
  private static Map<String, Set<String>> entries(List<Setting> settings) {
    Map<String, Set<String>> entries = new HashMap<>();
    for (Setting setting : settings) {
      String key = setting.key();
      for (String list : lists(key)) {
        entries
            .computeIfAbsent(list, _ -> new HashSet<>())
            .add(key.substring(0, key.indexOf(']', list.length()) + 1));
      }
    }
    return entries;
  }

  /// The lists that a key is in, the outermost first.
  private static List<String> lists(String key) {
    return IntStream.range(0, key.length())
        .filter(at -> key.charAt(at) == '[')
        .mapToObj(at -> key.substring(0, at))
        .toList();
  }

  /// What counts when `fresh` was read, where `before` counted: of what only a restart takes over,
  /// it is as it was.
  static List<Setting> inForce(List<Setting> before, List<Setting> fresh) {
    return Stream.concat(
            before.stream().filter(setting -> !atOnce(setting.key())),
            fresh.stream().filter(setting -> atOnce(setting.key())))
        .toList();
  }

  List<String> taken() {
    return all.stream().filter(Changes::atOnce).toList();
  }

  List<String> afterRestart() {
    return all.stream().filter(key -> !atOnce(key)).toList();
  }

  private static boolean atOnce(String key) {
    return AT_ONCE.stream().anyMatch(key::startsWith);
  }

  private static Set<String> values(List<Setting> settings) {
    return settings.stream().map(Changes::value).collect(Collectors.toCollection(TreeSet::new));
  }

  private static String value(Setting setting) {
    return setting.key() + "=" + setting.value();
  }
}
