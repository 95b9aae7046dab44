package org.posthorn.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginSet;

/// What a reload did about plugins, in words.
final class PluginChanges {
  private PluginChanges() {}

  static List<String> between(PluginSet before, PluginSet after) {
    List<String> changes = new ArrayList<>();
    for (Plugin plugin : after.plugins()) {
      if (!before.plugins().contains(plugin)) {
        Optional<Plugin> old = named(before, plugin.name());
        changes.add(
            "plugin "
                + words(plugin)
                + old.map(same -> " in place of " + words(same)).orElse(", which is new"));
      }
    }
    for (Plugin plugin : before.plugins()) {
      if (named(after, plugin.name()).isEmpty()) {
        changes.add("plugin " + words(plugin) + " is gone");
      }
    }
    return changes;
  }

  private static Optional<Plugin> named(PluginSet set, String name) {
    return set.plugins().stream().filter(plugin -> plugin.name().equals(name)).findFirst();
  }

  private static String words(Plugin plugin) {
    return plugin.name() + plugin.about().version().map(version -> " " + version).orElse("");
  }
}
