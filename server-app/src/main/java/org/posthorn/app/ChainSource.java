package org.posthorn.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.config.ConfigTree;
import org.posthorn.app.config.Shape;
import org.posthorn.spool.chain.ChainConfig;
import org.posthorn.spool.plugin.PluginException;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.Plugins;

/// Where the chain is written: in the file that the configuration names, or in the one that comes
/// with the program.
public final class ChainSource {
  private static final String NAME = "default-chain.yaml";
  private static final String GATES_NAME = "default-gates.yaml";

  private ChainSource() {}

  /// The chain in force, as it was written.
  public static String text(ConfigSource source, ServerConfig config) throws IOException {
    Optional<Path> file = file(source, config);
    return file.isPresent() ? Files.readString(file.get()) : defaultText(NAME);
  }

  static ChainConfig chain(ConfigSource source, ServerConfig config) {
    Optional<Path> file = file(source, config);
    ConfigTree tree =
        file.isPresent()
            ? ConfigTree.read(file, List.of(), System::getenv)
            : ConfigTree.ofText(defaultText(NAME), NAME);
    return ChainConfig.of(tree.shaped(new ForTheChain()));
  }

  /// The gates as they were written: in the file that the configuration names, or in the one that
  /// comes with the program.
  static org.posthorn.spool.chain.ConfigTree gates(ConfigSource source, ServerConfig config) {
    Optional<Path> file = config.gatesFile().map(source::resolve);
    ConfigTree tree =
        file.isPresent()
            ? ConfigTree.read(file, List.of(), System::getenv)
            : ConfigTree.ofText(defaultText(GATES_NAME), GATES_NAME);
    return tree.shaped(new ForTheChain());
  }

  /// The folder for plugins.
  static Path pluginFolder(Path data) {
    return data.resolve("plugins");
  }

  /// Loads all plugins, without a server. Throws [ConfigException] where one cannot be used.
  static PluginSet plugins(Path data) throws IOException {
    return whole(Plugins.read(pluginFolder(data)));
  }

  /// The set, when all plugins in the folder are in it. Throws [ConfigException] otherwise, and the
  /// set is closed.
  static PluginSet whole(PluginSet plugins) {
    try {
      return plugins.whole();
    } catch (PluginException e) {
      throw new ConfigException(
          List.of(new ConfigProblem("plugins", "", String.valueOf(e.getMessage()))));
    }
  }

  private static Optional<Path> file(ConfigSource source, ServerConfig config) {
    return config.chainFile().map(source::resolve);
  }

  private static String defaultText(String name) {
    try (InputStream stream = ChainSource.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("The program has no " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("The program has no readable " + name, e);
    }
  }

  /// Hands the tree over as the chain wants it.
  private static final class ForTheChain implements Shape<org.posthorn.spool.chain.ConfigTree> {
    @Override
    public org.posthorn.spool.chain.ConfigTree text(String text, String place) {
      return new org.posthorn.spool.chain.ConfigTree.Text(text, place);
    }

    @Override
    public org.posthorn.spool.chain.ConfigTree list(
        List<org.posthorn.spool.chain.ConfigTree> items, String place) {
      return new org.posthorn.spool.chain.ConfigTree.Items(items, place);
    }

    @Override
    public org.posthorn.spool.chain.ConfigTree block(
        Map<String, org.posthorn.spool.chain.ConfigTree> entries, String place) {
      return new org.posthorn.spool.chain.ConfigTree.Block(entries, place);
    }
  }
}
