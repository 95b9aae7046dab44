package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.spool.plugin.ApiVersion;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.Plugins;
import org.posthorn.storage.StorageConfig;

/// The plugins in the folder of a data directory, for who looks at them; no server need run. `api`
/// is the version that this server has; what has the name of another, or of what ships, is among
/// the unusable.
public record PluginView(
    String api, List<Plugin.About> plugins, List<PluginSet.SetAside> unusable) {
  public static PluginView read(Path data) throws IOException {
    ServerConfig config = ServerConfig.defaults().withStorage(StorageConfig.inMemory());
    List<PluginFactory<?>> shipped = Composition.of(config, data).shipped();
    PluginSet all = Plugins.read(ChainSource.pluginFolder(data));
    try (PluginSet plugins = all.without(all.disputed(shipped)).withoutNamesakes()) {
      return new PluginView(
          ApiVersion.CURRENT.toString(),
          plugins.plugins().stream().map(Plugin::about).toList(),
          plugins.setAside());
    }
  }
}
