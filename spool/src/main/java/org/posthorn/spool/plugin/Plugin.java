package org.posthorn.spool.plugin;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.PluginFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A plugin that is loaded: its classes, and the factories in them. It ends when nobody uses it any
/// more, and then its classes can be collected. Safe for use by many threads.
public final class Plugin implements Host {
  private static final Logger log = LoggerFactory.getLogger(Plugin.class);

  /// Where things come from that no plugin brought.
  public static final String SHIPPED = "posthorn";

  private static final Duration MAKING_MAX = Duration.ofSeconds(30);
  private static final Pattern NAME = Pattern.compile("[\\w-]{1,100}");

  private final String name;
  private final String fingerprint;
  private final PluginManifest manifest;
  private final PluginConfig config;
  private final PluginClasses classes;
  private final PluginThreads threads;
  private final Users users = new Users(this::end);
  private final Consumer<Plugin> afterEnd;
  private List<PluginFactory<?>> factories = List.of();

  private Plugin(
      PluginFiles files,
      String fingerprint,
      PluginManifest manifest,
      PluginConfig config,
      Consumer<Plugin> afterEnd) {
    this.name = files.name();
    this.fingerprint = fingerprint;
    this.manifest = manifest;
    this.afterEnd = afterEnd;
    this.config = config;
    this.classes = new PluginClasses(this, files.jars());
    this.threads = new PluginThreads(name, config.calls(), classes);
  }

  /// Throws [PluginException], naming the plugin. `afterEnd` clears up when it has ended.
  static Plugin load(
      PluginFiles files, String fingerprint, PluginConfig config, Consumer<Plugin> afterEnd) {
    PluginManifest manifest = PluginManifest.read(files);
    manifest.requireServed(files.name());
    var plugin = new Plugin(files, fingerprint, manifest, config, afterEnd);
    try {
      plugin.factories = plugin.make("Plugin " + plugin.name, plugin::found);
      return plugin;
    } catch (PluginFailure e) {
      plugin.users.leave();
      throw new PluginException(plugin.name, "cannot be loaded: " + e);
    } catch (RuntimeException | Error e) {
      plugin.users.leave();
      throw e;
    }
  }

  /// What an operator sees of it.
  public record About(
      String name,
      Optional<String> version,
      Optional<String> api,
      List<String> mailets,
      List<String> matchers,
      List<String> gates) {}

  public About about() {
    return new About(
        name,
        manifest.version(),
        manifest.api().map(ApiVersion::toString),
        names(MailetFactory.class),
        names(MatcherFactory.class),
        names(GateFactory.class));
  }

  public String name() {
    return name;
  }

  /// The plugin that a thing comes from; absent: it is the server's own.
  public static Optional<Plugin> of(Object thing) {
    return Optional.ofNullable(PluginClasses.pluginOf(thing));
  }

  @Override
  public <T> T make(String what, Callable<T> code) {
    return threads.call(what, MAKING_MAX, code);
  }

  @Override
  public Watch watch(String what, Optional<Duration> limit, InstantSource clock) {
    return new Watch(what, limit.orElse(config.timeLimit()), config, threads, clock);
  }

  /// Whether a thread is a plugin's: one that runs its code, or one that it started.
  public static boolean isThread(Thread thread) {
    return PluginThreads.isPlugins(thread);
  }

  /// Where a factory comes from, for messages.
  public static String originOf(Object factory) {
    @Nullable Plugin plugin = PluginClasses.pluginOf(factory);
    return plugin == null ? "the server itself" : plugin.name;
  }

  /// The plugin's file, or [#SHIPPED].
  public static String fileOf(Object factory) {
    @Nullable Plugin plugin = PluginClasses.pluginOf(factory);
    return plugin == null ? SHIPPED : plugin.name;
  }

  /// Its version, where it says one.
  public static Optional<String> versionOf(Object factory) {
    @Nullable Plugin plugin = PluginClasses.pluginOf(factory);
    return plugin == null ? Optional.empty() : plugin.manifest.version();
  }

  <T> List<T> factories(Class<T> kind) {
    return factories.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private List<String> names(Class<?> kind) {
    return factories.stream().filter(kind::isInstance).map(factory -> factory.name()).toList();
  }

  /// In words, what it brings of the kind and the name of `other`.
  Optional<String> namesake(PluginFactory<?> other) {
    return factories.stream()
        .filter(ours -> kindOf(ours).equals(kindOf(other)) && ours.name().equals(other.name()))
        .map(ours -> "brings the %s %s".formatted(kindOf(ours), ours.name()))
        .findFirst();
  }

  /// In words, the first thing that it brings and `other` too.
  Optional<String> namesake(Plugin other) {
    return other.factories.stream().flatMap(theirs -> namesake(theirs).stream()).findFirst();
  }

  private static String kindOf(PluginFactory<?> factory) {
    return switch (factory) {
      case MailetFactory<?> _ -> "mailet";
      case MatcherFactory<?> _ -> "matcher";
      case GateFactory<?> _ -> "gate";
    };
  }

  Users users() {
    return users;
  }

  String fingerprint() {
    return fingerprint;
  }

  private List<PluginFactory<?>> found() {
    try {
      List<PluginFactory<?>> found = new ArrayList<>();
      ServiceLoader.load(MailetFactory.class, classes).forEach(found::add);
      ServiceLoader.load(MatcherFactory.class, classes).forEach(found::add);
      ServiceLoader.load(GateFactory.class, classes).forEach(found::add);
      found.forEach(this::requireSound);
      requireOnce(found);
      return List.copyOf(found);
    } catch (ServiceConfigurationError e) {
      String cause = e.getCause() == null ? "" : ": " + words(e.getCause());
      throw new PluginException(name, "cannot be loaded: " + e.getMessage() + cause);
    } catch (LinkageError e) {
      throw new PluginException(name, "cannot be loaded: " + words(e));
    }
  }

  /// What the server asks a factory wherever it needs it is asked here first, where it may fail and
  /// take its time.
  private void requireSound(PluginFactory<?> factory) {
    String what = factory.getClass().getName();
    String called;
    try {
      called = factory.name();
      requireNonNull(factory.summary(), "summary() returns null");
      var _ = ParameterReader.describe(requireNonNull(factory.parameters(), "parameters()"));
    } catch (Throwable e) { // Whatever a plugin throws.
      throw new PluginException(
          name,
          "cannot be used: %s cannot say what it is: %s".formatted(what, PluginFailure.of(e)));
    }
    if (called == null || !NAME.matcher(called).matches()) {
      throw new PluginException(
          name,
          "cannot be used: name() of %s has letters, digits, '-' and '_', as it stands in the chain, and is not '%s'"
              .formatted(what, called));
    }
  }

  private void requireOnce(List<PluginFactory<?>> found) {
    Map<String, PluginFactory<?>> byName = new HashMap<>();
    for (PluginFactory<?> factory : found) {
      String brought = kindOf(factory) + " " + factory.name();
      @Nullable PluginFactory<?> before = byName.putIfAbsent(brought, factory);
      if (before != null) {
        throw new PluginException(
            name,
            "cannot be used: %s and %s are both the %s"
                .formatted(before.getClass().getName(), factory.getClass().getName(), brought));
      }
    }
  }

  private static String words(Throwable cause) {
    if (cause instanceof ExceptionInInitializerError && cause.getCause() != null) {
      return words(cause.getCause());
    }
    return cause instanceof NoClassDefFoundError && !PluginFailure.isNotInitialised(cause)
        ? "it needs the class %s, which is neither in it nor among what the server gives to plugins. Put the library into the jar, or both into a folder."
            .formatted(String.valueOf(cause.getMessage()).replace('/', '.'))
        : PluginFailure.text(cause);
  }

  PluginThreads threads() {
    return threads;
  }

  private void end() {
    threads.end();
    try {
      classes.close();
    } catch (IOException e) {
      log.atWarn().addKeyValue("plugin", name).setCause(e).log("plugin-not-closed");
    }
    afterEnd.accept(this);
  }
}
