package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailets.gate.ShippedGates;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;

/// The examples of docs/gates.md work, and every gate has one.
class GatesPageTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  @Test
  void everyExampleWorksAndEveryGateHasOne() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "gates.md"));
    Files.writeString(directory.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    var source = new ConfigSource(Optional.of(directory.resolve("posthorn.yaml")), List.of());
    ServerConfig config = source.read().config();
    Composition composition =
        Composition.of(config.withStorage(StorageConfig.inMemory()), directory);
    List<String> examples = new ArrayList<>();
    try (var plugins = PluginSet.none()) {
      for (Matcher match = EXAMPLE.matcher(page); match.find(); ) {
        examples.add(match.group(1));
        Files.writeString(directory.resolve("gates.yaml"), match.group(1));
        Gates gates = composition.gates(source, config, plugins);
        assertThat(gates.byPort()).as(match.group(1)).isNotEmpty();
      }
    }
    assertThat(ShippedGates.all(() -> _ -> {}))
        .allSatisfy(factory ->
            assertThat(examples)
                .as(factory.name())
                .anyMatch(example -> example.contains("gate: " + factory.name() + "\n")));
  }
}
