package org.posthorn.spool.chain;

import java.io.Closeable;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;

/// Loads plugins: each jar in a class loader of its own that sees the JDK, mailet-api, message,
/// SLF4J and JSpecify, but neither the server nor other plugins, so that each may bring libraries
/// of its own. Closing it makes classes that were not loaded yet unfindable.
public final class PluginLoader implements Closeable {
  private static final List<String> SHARED =
      List.of("org.posthorn.mailet.", "org.posthorn.message.", "org.slf4j.", "org.jspecify.");

  static final String SHIPPED = "posthorn";

  private final List<JarLoader> loaders = new ArrayList<>();
  private final List<MailetFactory<?>> mailets = new ArrayList<>();
  private final List<MatcherFactory<?>> matchers = new ArrayList<>();
  private final List<GateFactory<?>> gates = new ArrayList<>();

  /// Throws [ChainConfigException], naming the jar, for one that cannot be loaded.
  public PluginLoader(List<Path> jars) {
    jars.forEach(this::load);
  }

  public List<MailetFactory<?>> mailets() {
    return List.copyOf(mailets);
  }

  public List<MatcherFactory<?>> matchers() {
    return List.copyOf(matchers);
  }

  public List<GateFactory<?>> gates() {
    return List.copyOf(gates);
  }

  @Override
  public void close() throws IOException {
    for (JarLoader loader : loaders) {
      loader.close();
    }
  }

  private void load(Path jar) {
    try {
      var loader = new JarLoader(jar);
      loaders.add(loader);
      int before = mailets.size() + matchers.size() + gates.size();
      ServiceLoader.load(MailetFactory.class, loader).forEach(mailets::add);
      ServiceLoader.load(MatcherFactory.class, loader).forEach(matchers::add);
      ServiceLoader.load(GateFactory.class, loader).forEach(gates::add);
      if (mailets.size() + matchers.size() + gates.size() == before) {
        throw new ChainConfigException(
            "Plugin %s has no mailet and no matcher: list its factories in META-INF/services/%s or %s"
                    .formatted(
                        jar.getFileName(),
                        MailetFactory.class.getName(),
                        MatcherFactory.class.getName())
                + "; gates in "
                + GateFactory.class.getName());
      }
    } catch (ServiceConfigurationError | LinkageError | MalformedURLException e) {
      throw new ChainConfigException(
          "Plugin %s cannot be loaded: %s".formatted(jar.getFileName(), e.getMessage()));
    }
  }

  /// Where a factory comes from, for messages.
  static String originOf(Object factory) {
    String file = fileOf(factory);
    return file.equals(SHIPPED) ? "the server itself" : file;
  }

  /// The plugin's file, or [#SHIPPED].
  static String fileOf(Object factory) {
    return factory.getClass().getClassLoader() instanceof JarLoader loader
        ? String.valueOf(loader.jar.getFileName())
        : SHIPPED;
  }

  /// Sees one jar, and of the server only what plugins may use.
  private static final class JarLoader extends URLClassLoader {
    private final Path jar;

    JarLoader(Path jar) throws MalformedURLException {
      super(
          String.valueOf(jar.getFileName()),
          new URL[] {jar.toUri().toURL()},
          new SharedClasses(PluginLoader.class.getClassLoader()));
      this.jar = jar;
    }
  }

  /// The JDK and what server and plugins share; no resources, so that a plugin's services are its
  /// own.
  private static final class SharedClasses extends ClassLoader {
    private final ClassLoader server;

    SharedClasses(ClassLoader server) {
      super(ClassLoader.getPlatformClassLoader());
      this.server = server;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (SHARED.stream().anyMatch(name::startsWith)) {
        return server.loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) {
      return Collections.emptyEnumeration();
    }
  }
}
