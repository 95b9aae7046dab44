package org.posthorn.app.cli;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ConfigSource;

/// Where a server keeps everything when nobody says so.
final class DataDirectories {
  private static final Path SYSTEM = Path.of("/var/lib/posthorn");

  private DataDirectories() {}

  /// `--data`, `$POSTHORN_DATA`, `/var/lib/posthorn` where that may be written, else a folder of
  /// the user's.
  static Path data(@Nullable Path given) {
    if (given != null) {
      return given.toAbsolutePath().normalize();
    }
    String environment = System.getenv("POSTHORN_DATA");
    if (environment != null && !environment.isEmpty()) {
      return Path.of(environment).toAbsolutePath().normalize();
    }
    if (Files.isWritable(SYSTEM)
        || (!Files.exists(SYSTEM) && Files.isWritable(SYSTEM.getParent()))) {
      return SYSTEM;
    }
    return Path.of(System.getProperty("user.home"), ".local", "share", "posthorn");
  }

  /// `--config`, `$POSTHORN_CONFIG`, or `posthorn.yaml` in the data directory if it is there: also
  /// one that cannot be read, or is a link to nowhere. Nobody wants the defaults in its place.
  static Optional<Path> config(@Nullable Path given, Path data) {
    if (given != null) {
      return Optional.of(given.toAbsolutePath().normalize());
    }
    String environment = System.getenv("POSTHORN_CONFIG");
    if (environment != null && !environment.isEmpty()) {
      return Optional.of(Path.of(environment).toAbsolutePath().normalize());
    }
    return Optional.of(data.resolve(ConfigSource.FILE))
        .filter(file -> !Files.notExists(file, LinkOption.NOFOLLOW_LINKS));
  }
}
