package org.posthorn.spool.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.lang.constant.ClassDesc;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;
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
  private final List<JarFile> jars = new ArrayList<>();

  /// Throws [PluginException] for what is no jar.
  PluginClasses(Plugin plugin, List<Path> files) {
    super(
        plugin.name(),
        files.stream().map(PluginClasses::url).toArray(URL[]::new),
        ClassLoader.getPlatformClassLoader());
    this.plugin = plugin;
    for (Path file : files) {
      try {
        jars.add(new JarFile(file.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion()));
      } catch (IOException e) {
        throw new PluginException(
            plugin.name(),
            "cannot be read: %s is no jar or a damaged one (%s). Copy it again."
                .formatted(file.getFileName(), e.getMessage()));
      }
    }
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
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

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte @Nullable [] changed;
    try (InputStream in = own(name.replace('.', '/') + ".class")) {
      changed = in == null ? null : NoExit.without(in.readAllBytes(), this::bytes);
    } catch (IOException | IllegalArgumentException _) {
      changed = null; // What is wrong with it, is for whoever defines it to say.
    }
    return changed == null
        ? super.findClass(name)
        : defineClass(name, changed, 0, changed.length, (CodeSource) null);
  }

  /// A class that another one needs to be understood.
  private @Nullable InputStream bytes(ClassDesc type) {
    String descriptor = type.descriptorString();
    String file = descriptor.substring(1, descriptor.length() - 1) + ".class";
    try {
      @Nullable InputStream own = own(file);
      return own == null ? SERVER.getResourceAsStream(file) : own;
    } catch (IOException _) {
      return null;
    }
  }

  /// From its own jars, without the JDK's cache of them, which outlives the plugin.
  private @Nullable InputStream own(String file) throws IOException {
    for (JarFile jar : jars) {
      @Nullable JarEntry entry = jar.getJarEntry(file);
      if (entry != null) {
        return jar.getInputStream(entry);
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    super.close();
    for (JarFile jar : jars) {
      jar.close();
    }
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
