package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.mailet.Mail;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.Plugins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Builds the chain and the gates of a server that runs, of what ships and of its plugins.
final class ChainInForce {
  private static final Logger log = LoggerFactory.getLogger(ChainInForce.class);

  private final Composition composition;
  private final ConfigSource source;
  private final Plugins plugins;

  ChainInForce(Composition composition, ConfigSource source, Plugins plugins) {
    this.composition = composition;
    this.source = source;
    this.plugins = plugins;
  }

  /// Finished, not yet in use.
  record Built(Chain chain, Gates gates, PluginSet plugins) {}

  /// At start, a plugin that cannot be used keeps nobody from his mail as long as nothing asks for
  /// it: it is set aside. Throws [ConfigException].
  Built first(ServerConfig config) throws IOException {
    PluginSet set = plugins.load();
    for (PluginSet.SetAside plugin : set.setAside()) {
      log.atError()
          .addKeyValue("plugin", plugin.name())
          .addKeyValue("why", plugin.why())
          .log("plugin-set-aside");
    }
    try {
      return built(config, set);
    } catch (ConfigException e) {
      List<ConfigProblem> problems = new ArrayList<>(e.problems());
      set.setAside()
          .forEach(plugin -> problems.add(new ConfigProblem("plugins", "", plugin.why())));
      throw new ConfigException(problems);
    }
  }

  /// With the same plugins. Throws [ConfigException].
  Built again(ServerConfig config) {
    PluginSet set = plugins.current();
    return new Built(
        composition.chain(source, config, set), composition.gates(source, config, set), set);
  }

  /// From now on this one.
  void use(Built built) {
    composition.room(GatesInForce.class).use(built.gates());
    composition.room(Spool.class).start(built.chain());
    if (built.plugins() != plugins.current()) {
      plugins.use(built.plugins());
    }
  }

  Rehearsal.Report rehearse(ServerConfig config, Mail mail) {
    return composition.rehearse(source, config, plugins.current(), mail);
  }

  private Built built(ServerConfig config, PluginSet set) {
    try {
      return new Built(
          composition.chain(source, config, set), composition.gates(source, config, set), set);
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }
}
