package org.posthorn.app;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.app.config.Setting;

/// The keys whose values a reload found to be other than before.
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
    return new Changes(changed);
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
