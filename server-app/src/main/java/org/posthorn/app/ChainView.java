package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import org.posthorn.spool.chain.Catalogue;
import org.posthorn.spool.chain.ChainGraph;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;

/// What there is to make a chain of, and the chain in force, for who looks at them; no server need
/// run. `graph` is only as sound as the configuration: [ConfigCheck] says whether it is.
public record ChainView(Catalogue catalogue, ChainGraph graph) {
  /// Throws [org.posthorn.app.config.ConfigException] with what is wrong.
  public static ChainView read(ConfigSource source, Path data) throws IOException {
    ServerConfig config = source.read().config();
    Composition composition = Composition.of(config.withStorage(StorageConfig.inMemory()), data);
    try (PluginSet plugins = ChainSource.plugins(data)) {
      Catalogue catalogue = composition.catalogue(plugins);
      return new ChainView(catalogue, ChainGraph.of(ChainSource.chain(source, config), catalogue));
    }
  }
}
