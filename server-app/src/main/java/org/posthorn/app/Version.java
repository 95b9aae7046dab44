package org.posthorn.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Properties;

/// The version of the program, as Maven wrote it into the build.
public final class Version {
  private static final String UNKNOWN = "unknown";

  private Version() {}

  public static String text() {
    return written("version").orElse(UNKNOWN);
  }

  /// Of which commit the sources were, and when that was made; empty where they came without git.
  public static Optional<String> commit() {
    return written("commit")
        .map(commit -> commit + written("committed").map(time -> " of " + time).orElse(""));
  }

  private static Optional<String> written(String key) {
    try (InputStream stream = Version.class.getResourceAsStream("/posthorn.properties")) {
      if (stream == null) {
        return Optional.empty();
      }
      var properties = new Properties();
      properties.load(stream);
      // What the build was not told is there as it was asked for.
      return Optional.ofNullable(properties.getProperty(key))
          .filter(value -> !value.isBlank() && !value.startsWith("${"));
    } catch (IOException _) {
      return Optional.empty();
    }
  }
}
