package org.posthorn.spool.plugin;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.PluginFactory;

/// The plugins that a chain and its gates are made of, from one reading of the folder. Whoever
/// makes something of it enters, and leaves when that has ended. Safe for use by many threads.
public final class PluginSet implements Closeable {
  private static final String TAKEN =
      ", and one of that name ships with this server. Remove the plugin, or use a version of it that"
          + " calls its own otherwise.";

  private final List<Plugin> plugins;
  private final List<SetAside> setAside;
  private final Users users = new Users(this::end);

  PluginSet(List<Plugin> plugins, List<SetAside> setAside) {
    this.plugins = List.copyOf(plugins);
    this.setAside = List.copyOf(setAside);
  }

  /// A plugin that cannot be used, and why.
  public record SetAside(String name, String why) {}

  /// Without any plugin.
  public static PluginSet none() {
    return new PluginSet(List.of(), List.of());
  }

  public List<MailetFactory<?>> mailets() {
    return all(MailetFactory.class);
  }

  public List<MatcherFactory<?>> matchers() {
    return all(MatcherFactory.class);
  }

  public List<GateFactory<?>> gates() {
    return all(GateFactory.class);
  }

  public List<Plugin> plugins() {
    return plugins;
  }

  public List<SetAside> setAside() {
    return setAside;
  }

  /// Those of `shipped` whose names plugins here have taken too.
  public <T extends PluginFactory<?>> List<T> disputed(Collection<T> shipped) {
    return shipped.stream()
        .filter(ours -> plugins.stream().anyMatch(plugin -> plugin.namesake(ours).isPresent()))
        .toList();
  }

  /// This set without the plugins that have taken one of these names, which are set aside. It takes
  /// the place of this set.
  public PluginSet without(Collection<? extends PluginFactory<?>> disputed) {
    return settingAside(plugin ->
        disputed.stream()
            .flatMap(ours -> plugin.namesake(ours).stream())
            .findFirst()
            .map(what -> what + TAKEN));
  }

  /// This set without the plugins that bring what another of them brings too, which are set aside.
  /// It takes the place of this set.
  public PluginSet withoutNamesakes() {
    return settingAside(plugin ->
        plugins.stream()
            .filter(other -> other != plugin)
            .flatMap(other ->
                plugin.namesake(other).stream()
                    .map(what ->
                        "%s, and so does %s. Remove one of them.".formatted(what, other.name())))
            .findFirst());
  }

  /// `why` says what is wrong with a plugin.
  private PluginSet settingAside(Function<Plugin, Optional<String>> why) {
    List<Plugin> others = new ArrayList<>();
    List<SetAside> aside = new ArrayList<>(setAside);
    for (Plugin plugin : plugins) {
      why.apply(plugin)
          .ifPresentOrElse(
              what ->
                  aside.add(
                      new SetAside(plugin.name(), new PluginException(plugin.name(), what).what())),
              () -> others.add(plugin));
    }
    plugins.stream()
        .filter(plugin -> !others.contains(plugin))
        .forEach(plugin -> plugin.users().leave());
    return new PluginSet(others, aside);
  }

  /// This set, when all plugins in the folder are in it. Throws [PluginException] otherwise, and
  /// the set is closed.
  public PluginSet whole() {
    if (!setAside.isEmpty()) {
      close();
      throw new PluginException(
          setAside.stream().map(SetAside::why).collect(Collectors.joining("\n")));
    }
    return this;
  }

  /// Who uses it.
  public Users users() {
    return users;
  }

  /// Whoever read it needs it no more.
  @Override
  public void close() {
    users.leave();
  }

  private void end() {
    plugins.forEach(plugin -> plugin.users().leave());
  }

  @SuppressWarnings("unchecked") // The wildcard of a factory's parameters.
  private <T> List<T> all(Class<?> kind) {
    List<T> all = new ArrayList<>();
    plugins.forEach(plugin -> all.addAll((List<T>) plugin.factories(kind)));
    return all;
  }
}
