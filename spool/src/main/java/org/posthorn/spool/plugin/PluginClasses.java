package org.posthorn.spool.plugin;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The classes of one plugin. It sees the JDK, of the server only what plugins may use, and all
/// else from its own jars: neither the server's libraries nor other plugins, so that each may bring
/// libraries of its own. What server and plugins share is the server's, even where a jar brings a
/// copy of it.
final class PluginClasses extends URLClassLoader {
  private static final List<String> SHARED =
      List.of("org.posthorn.mailet.", "org.posthorn.message.", "org.slf4j.", "org.jspecify.");

  private static final ClassLoader SERVER = PluginClasses.class.getClassLoader();

  private final Plugin plugin;

  PluginClasses(Plugin plugin, List<URL> jars) {
    super(plugin.name(), jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    this.plugin = plugin;
  }

  /// The plugin that a thing comes from; null: it is the server's own.
  static @Nullable Plugin pluginOf(Object thing) {
    return thing.getClass().getClassLoader() instanceof PluginClasses classes
        ? classes.plugin
        : null;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    return SHARED.stream().anyMatch(name::startsWith)
        ? SERVER.loadClass(name)
        : super.loadClass(name, resolve);
  }

  /// Its own first, so that its services are found and no others.
  @Override
  public @Nullable URL getResource(String name) {
    @Nullable URL own = findResource(name);
    return own == null ? super.getResource(name) : own;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return findResources(name);
  }
}
