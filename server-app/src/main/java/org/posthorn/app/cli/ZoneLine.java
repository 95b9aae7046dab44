package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;

/// A record as it stands in a zone file (RFC 1035 §5).
final class ZoneLine {
  private static final int STRING_MAX = 255;

  private ZoneLine() {}

  /// A TXT record; a long text is cut into strings of at most 255 bytes, as the DNS has them.
  static String txt(String name, String text) {
    List<String> strings = new ArrayList<>();
    for (int at = 0; at < text.length() || at == 0; at += STRING_MAX) {
      String piece = text.substring(at, Math.min(text.length(), at + STRING_MAX));
      strings.add("\"" + piece.replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
    }
    return strings.size() == 1
        ? "%s. IN TXT %s".formatted(name, strings.getFirst())
        : "%s. IN TXT ( %s )".formatted(name, String.join("\n    ", strings));
  }
}
