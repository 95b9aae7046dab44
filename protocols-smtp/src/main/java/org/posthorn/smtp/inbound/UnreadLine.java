package org.posthorn.smtp.inbound;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A line that was refused before anybody knew what it says: which command it seems to be, and
/// which address it names, for whoever looks for that mail. Nothing else of it is kept, for it may
/// be a password. The address is foreign text, with all that cannot be seen made visible.
record UnreadLine(Kind kind, String address) {
  enum Kind {
    MAIL,
    RCPT,
    OTHER
  }

  private static final int LOOKED_AT_MAX = 1_000;
  private static final int SHOWN_MAX = 320;
  private static final Pattern NAMES_SOMEBODY =
      Pattern.compile("(?is)(MAIL +FROM|RCPT +TO) *: *<?([^> ]*).*");

  /// Of the first `length` bytes of `line`.
  static UnreadLine of(byte[] line, int length) {
    String text = new String(line, 0, Math.min(length, LOOKED_AT_MAX), StandardCharsets.UTF_8);
    Matcher matcher = NAMES_SOMEBODY.matcher(text);
    if (!matcher.matches()) {
      return new UnreadLine(Kind.OTHER, "");
    }
    boolean mail = matcher.group(1).toUpperCase(Locale.ROOT).startsWith("MAIL");
    return new UnreadLine(mail ? Kind.MAIL : Kind.RCPT, visible(matcher.group(2)));
  }

  private static String visible(String text) {
    var shown = new StringBuilder();
    text.codePoints()
        .limit(SHOWN_MAX)
        .forEach(c -> {
          if (isVisible(c)) {
            shown.appendCodePoint(c);
          } else {
            shown.append(String.format(Locale.ROOT, "\\u%04x", c));
          }
        });
    return shown.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
