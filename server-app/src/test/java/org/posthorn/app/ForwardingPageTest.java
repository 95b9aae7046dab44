package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;

/// The examples of docs/forwarding.md work: those of the chain, and those of the configuration.
class ForwardingPageTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  @Test
  void everyExampleWorks() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "forwarding.md"));
    int chains = 0;
    for (Matcher match = EXAMPLE.matcher(page); match.find(); ) {
      String example = match.group(1);
      boolean isChain = example.startsWith("root:");
      Files.writeString(directory.resolve("chain.yaml"), example);
      Files.writeString(
          directory.resolve("posthorn.yaml"), isChain ? "chain-file: chain.yaml\n" : example);
      ServerConfig config = source().read().config();
      if (isChain) {
        chains++;
        build(config);
      } else {
        assertThat(config.forwarding().srsDomain()).contains("fwd.example.org");
      }
    }
    assertThat(chains).isPositive();
  }

  private void build(ServerConfig config) throws IOException {
    Composition composition =
        Composition.of(config.withStorage(StorageConfig.inMemory()), directory);
    try (var plugins = PluginSet.none()) {
      assertThat(composition.chain(source(), config, plugins, () -> {})).isNotNull();
    }
  }

  private ConfigSource source() {
    return new ConfigSource(Optional.of(directory.resolve("posthorn.yaml")), List.of());
  }
}
