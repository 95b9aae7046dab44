package org.posthorn.app.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ConfigSource;
import picocli.CommandLine.Option;

/// Which configuration a server is to have.
final class ConfigOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "The configuration file.",
        "Default: $POSTHORN_CONFIG, or posthorn.yaml in the data directory if it is there."
      })
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Set one key over what the file says, such as smtp.mx.port=2525; a key with dots in it stands in double quotes. May be repeated.")
  private final List<String> assignments = new ArrayList<>();

  ConfigSource source(Path data) {
    return new ConfigSource(DataDirectories.config(file, data), assignments);
  }

  /// The same again, as arguments for another process.
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (file != null) {
      arguments.addAll(List.of("--config", file.toAbsolutePath().toString()));
    }
    assignments.forEach(assignment -> arguments.addAll(List.of("--set", assignment)));
    return arguments;
  }
}
