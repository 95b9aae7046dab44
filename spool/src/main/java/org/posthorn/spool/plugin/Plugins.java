package org.posthorn.spool.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder with plugins of a server that runs. It is read at start and at each reload; a plugin
/// whose files are the same as before stays as it is, others are loaded from copies, so that the
/// files in the folder may be exchanged at any time. Safe for use by many threads.
public final class Plugins implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Plugins.class);
  private static final String COPIES = ".loaded";

  private final Path folder;
  private final Path copies;
  private final PluginConfig config;
  private final List<Retired> retired = new ArrayList<>();
  private PluginSet current = PluginSet.none();
  private int loads;

  private Plugins(Path folder, PluginConfig config) {
    this.folder = folder;
    this.config = config;
    this.copies = folder.resolve(COPIES);
  }

  /// A plugin that has ended, and the threads that may still run.
  private record Retired(String name, PluginThreads threads) {}

  /// What is left of an earlier server is cleared away.
  public static Plugins open(Path folder, PluginConfig config) throws IOException {
    var plugins = new Plugins(folder, config);
    if (Files.isDirectory(plugins.copies)) {
      remove(plugins.copies);
    }
    return plugins;
  }

  /// Reads a folder without a server. Plugins that cannot be used are set aside.
  public static PluginSet read(Path folder) throws IOException {
    return all(
        folder, entry -> Plugin.load(PluginFiles.of(entry), "", PluginConfig.defaults(), _ -> {}));
  }

  /// Reads the folder again. Plugins that cannot be used are set aside. Whoever gets the set closes
  /// it.
  public synchronized PluginSet load() throws IOException {
    return all(folder, this::knownOrLoaded);
  }

  private interface Loading {
    Plugin load(Path entry) throws IOException;
  }

  private static PluginSet all(Path folder, Loading loading) throws IOException {
    List<Plugin> plugins = new ArrayList<>();
    List<PluginSet.SetAside> setAside = new ArrayList<>();
    for (Path entry : PluginFiles.in(folder)) {
      String name = PluginFiles.name(entry);
      try {
        plugins.add(loading.load(entry));
      } catch (PluginException e) {
        setAside.add(new PluginSet.SetAside(name, e.what()));
      } catch (IOException e) {
        setAside.add(
            new PluginSet.SetAside(name, new PluginException(name, "cannot be read: " + e).what()));
      } catch (RuntimeException | Error e) {
        plugins.forEach(plugin -> plugin.users().leave());
        throw e;
      }
    }
    return new PluginSet(plugins, setAside);
  }

  private Plugin knownOrLoaded(Path entry) throws IOException {
    PluginFiles files = PluginFiles.of(entry);
    String fingerprint = files.fingerprint();
    Optional<Plugin> before = known(fingerprint);
    return before.isPresent() ? before.get() : loaded(files, fingerprint);
  }

  /// The set that the chain in force is made of.
  public synchronized PluginSet current() {
    return current;
  }

  /// The same, with one user more.
  public synchronized PluginSet entered() {
    current.users().enter();
    return current;
  }

  /// In words, what plugins have left running that have ended.
  public List<String> leftBehind() {
    synchronized (retired) {
      retired.removeIf(one -> one.threads().left().isEmpty());
      return retired.stream()
          .map(one ->
              "plugin %s left threads behind that end only with the server: %s"
                  .formatted(one.name(), String.join(", ", one.threads().left())))
          .toList();
    }
  }

  /// From now on this set; the one before ends when nobody uses it any more.
  public synchronized void use(PluginSet other) {
    current.close();
    current = other;
  }

  @Override
  public synchronized void close() {
    use(PluginSet.none());
  }

  /// The same plugin in the current set, with one user more.
  private Optional<Plugin> known(String fingerprint) {
    return current.plugins().stream()
        .filter(plugin -> plugin.fingerprint().equals(fingerprint) && plugin.users().enter())
        .findFirst();
  }

  private Plugin loaded(PluginFiles files, String fingerprint) throws IOException {
    Path copy = copies.resolve(String.valueOf(++loads));
    try {
      return Plugin.load(files.copiedTo(copy), fingerprint, config, plugin -> ended(plugin, copy));
    } catch (PluginException | IOException e) {
      cleared(copy);
      throw e;
    }
  }

  private void ended(Plugin plugin, Path copy) {
    cleared(copy);
    synchronized (retired) {
      retired.add(new Retired(plugin.name(), plugin.threads()));
    }
    log.atInfo().addKeyValue("plugin", plugin.name()).log("plugin-ended");
  }

  private static void cleared(Path copy) {
    try {
      if (Files.exists(copy)) {
        remove(copy);
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("folder", copy).setCause(e).log("plugin-copy-not-removed");
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
