package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.posthorn.spool.plugin.ApiVersion;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.Plugins;

/// The plugins in the folder of a data directory, for who looks at them; no server need run. `api`
/// is the version that this server has.
public record PluginView(
    String api, List<Plugin.About> plugins, List<PluginSet.SetAside> unusable) {
  public static PluginView read(Path data) throws IOException {
    try (PluginSet plugins = Plugins.read(ChainSource.pluginFolder(data))) {
      return of(plugins);
    }
  }

  static PluginView of(PluginSet plugins) {
    return new PluginView(
        ApiVersion.CURRENT.toString(),
        plugins.plugins().stream().map(Plugin::about).toList(),
        plugins.setAside());
  }
}
