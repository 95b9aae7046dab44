package org.posthorn.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.posthorn.app.config.Shape;
import org.posthorn.spool.chain.ChainConfig;
import org.posthorn.spool.chain.ConfigTree;

/// Where the chain is written: in the configuration, or in the file that comes with the program.
public final class ChainSource {
  private static final String RESOURCE = "/default-chain.yaml";
  private static final String NAME = "default-chain.yaml";

  private ChainSource() {}

  /// The chain that counts when nobody configures one, as it was written.
  public static String defaultText() {
    try (InputStream stream = ChainSource.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException("The program has no " + NAME);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("The program has no readable " + NAME, e);
    }
  }

  static ChainConfig chain(ServerConfig config) {
    return ChainConfig.of(
        config
            .chain()
            .orElseGet(() ->
                org.posthorn.app.config.ConfigTree.ofText(defaultText(), NAME)
                    .shaped(new ForTheChain())));
  }

  /// The jars in the folder for plugins, in the order of their names.
  static List<Path> plugins(Path data) throws IOException {
    Path folder = data.resolve("plugins");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /// Hands the tree over as the chain wants it.
  static final class ForTheChain implements Shape<ConfigTree> {
    @Override
    public ConfigTree text(String text, String place) {
      return new ConfigTree.Text(text, place);
    }

    @Override
    public ConfigTree list(List<ConfigTree> items, String place) {
      return new ConfigTree.Items(items, place);
    }

    @Override
    public ConfigTree block(Map<String, ConfigTree> entries, String place) {
      return new ConfigTree.Block(entries, place);
    }
  }
}
