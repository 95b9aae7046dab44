package org.posthorn.app.config;

import java.util.Locale;

/// How names in the file and names in the records belong together.
final class Names {
  private Names() {}

  /// `messageMaxBytes` is `message-max-bytes` in the file.
  static String key(String component) {
    return component
        .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
        .replaceAll("([A-Z])([A-Z][a-z])", "$1-$2")
        .toLowerCase(Locale.ROOT);
  }

  static String constant(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
