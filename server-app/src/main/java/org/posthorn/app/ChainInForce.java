package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.spool.chain.StepHealth;
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

  /// At start, a plugin that cannot be used, or brings what ships with this version, keeps nobody
  /// from his mail as long as nothing asks for it, by whosever name: it is set aside. Throws
  /// [ConfigException].
  Built first(ServerConfig config) throws IOException {
    PluginSet all = plugins.load();
    List<PluginFactory<?>> disputed = all.disputed(composition.shipped());
    PluginSet set = all.without(disputed);
    for (PluginSet.SetAside plugin : set.setAside()) {
      log.atError()
          .addKeyValue("plugin", plugin.name())
          .addKeyValue("why", plugin.why())
          .log("plugin-set-aside");
    }
    try {
      return built(config, set, disputed);
    } catch (ConfigException e) {
      List<ConfigProblem> problems = new ArrayList<>(e.problems());
      set.setAside()
          .forEach(plugin -> problems.add(new ConfigProblem("plugins", "", plugin.why())));
      throw new ConfigException(problems);
    }
  }

  /// With the plugins that are in the folder now, all of them. Throws [ConfigException], and then
  /// all is as it was.
  Built again(ServerConfig config) {
    try {
      return built(config, ChainSource.whole(plugins.load()), List.of());
    } catch (IOException e) {
      throw new ConfigException(List.of(new ConfigProblem("plugins", "", e.toString())));
    }
  }

  /// From now on this one. Mail and clients that are under way keep the one before, which ends when
  /// the last of them is through. Answers with what has changed about the plugins.
  List<String> use(Built built) {
    List<String> changes = PluginChanges.between(plugins.current(), built.plugins());
    built.plugins().users().enter();
    composition.room(GatesInForce.class).use(built.gates(), built.plugins().users()::leave);
    composition.room(Spool.class).start(built.chain());
    plugins.use(built.plugins());
    return changes;
  }

  /// When the server stops: the gates are closed. The chain ends with the spool.
  void endGates() {
    composition.room(GatesInForce.class).use(Gates.NONE);
  }

  /// It will not be used after all.
  static void discard(Built built) {
    built.gates().closings().forEach(Runnable::run);
    built.chain().retire();
    built.plugins().close();
  }

  /// How the steps of the chain and the gates fare that are watched.
  List<StepHealth> health() {
    List<StepHealth> all = new ArrayList<>(composition.room(Spool.class).stepHealth());
    composition
        .room(GatesInForce.class)
        .current()
        .health()
        .forEach(health -> all.add(new StepHealth("gates", "", health)));
    return all;
  }

  /// What plugins left behind that have ended.
  List<String> leftBehind() {
    return plugins.leftBehind();
  }

  Rehearsal.Report rehearse(ServerConfig config, Mail mail) {
    PluginSet set = plugins.entered();
    try {
      return composition.rehearse(source, config, set, set.users()::leave, mail);
    } catch (ConfigException e) {
      set.users().leave();
      throw e;
    }
  }

  private Built built(ServerConfig config, PluginSet set, List<PluginFactory<?>> without) {
    try {
      Chain chain = chain(config, set, without);
      try {
        return new Built(chain, composition.gates(source, config, set, without), set);
      } catch (RuntimeException e) {
        chain.retire();
        throw e;
      }
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }

  private Chain chain(ServerConfig config, PluginSet set, List<PluginFactory<?>> without) {
    set.users().enter();
    try {
      return composition.chain(source, config, set, without, set.users()::leave);
    } catch (RuntimeException e) {
      set.users().leave();
      throw e;
    }
  }
}
