package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.tls.Certificates;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;

/// Finds out whether a server would start with a configuration, without touching what it keeps: all
/// rooms are made over a store in memory, and the chain is built with the plugins in the data
/// directory. Certificates are read, and none is made. No port is opened.
public final class ConfigCheck {
  private ConfigCheck() {}

  /// Throws [ConfigException] with what is wrong.
  public static void run(ConfigSource source, Path data) throws IOException {
    ServerConfig config = source.read().config();
    Composition composition = Composition.of(config.withStorage(StorageConfig.inMemory()), data);
    try (PluginSet plugins = ChainSource.plugins(data)) {
      composition.chain(source, config, plugins, () -> {}).retire();
      var _ = composition.gates(source, config, plugins);
    }
    try {
      Certificates.check(config.tls(), data);
    } catch (Certificates.Unusable e) {
      throw new ConfigException(
          List.of(new ConfigProblem("certificates", "tls", String.valueOf(e.getMessage()))));
    }
  }
}
