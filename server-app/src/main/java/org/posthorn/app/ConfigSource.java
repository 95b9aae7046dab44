package org.posthorn.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.config.ConfigTree;
import org.posthorn.app.config.RecordMapper;
import org.posthorn.app.config.RecordMapper.Mapped;

/// Where a server's configuration is written: a file, if there is one, and what the command line
/// sets.
public record ConfigSource(Optional<Path> file, List<String> assignments) {
  /// Its name in a data directory.
  public static final String FILE = "posthorn.yaml";

  public static final ConfigSource NONE = new ConfigSource(Optional.empty(), List.of());

  public ConfigSource {
    assignments = List.copyOf(assignments);
  }

  /// Reads it as it is now. Throws [org.posthorn.app.config.ConfigException].
  public Mapped<ServerConfig> read() {
    return RecordMapper.map(
        ConfigTree.read(file, assignments, System::getenv),
        ServerConfig.class,
        ServerConfig.defaults());
  }

  /// Without the values, which may be secret.
  List<String> keysSet() {
    return assignments.stream().map(each -> each.split("=", 2)[0].strip()).toList();
  }

  /// A file that the configuration names: relative to the configuration file.
  Path resolve(String name) {
    Path directory =
        file.map(Path::toAbsolutePath).map(Path::getParent).orElse(Path.of("").toAbsolutePath());
    return directory.resolve(name);
  }
}
