package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what an iCalendar text (RFC 5545) says of its first event, task, journal entry or time of
/// availability: the properties as they stand there, unfolded. It looks at 20,000 lines at most.
/// Used by one thread.
final class CalendarLines {
  private static final int LINES_MAX = 20_000;
  private static final int LINE_MAX = 4_000;
  private static final Set<String> ENTRIES = Set.of("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY");

  private final Map<String, String> found = new LinkedHashMap<>();
  private int depth;
  private boolean inEntry;
  private boolean over;

  /// By names in capital letters, the first of each; `METHOD` of the whole is one of them, and
  /// `COMPONENT` says what it is, such as `VEVENT`. Empty if there is no calendar.
  ///
  /// Programs fold lines between bytes, also within a character (RFC 5545 §3.1): each line is put
  /// together first, one `char` for each byte, and then decoded.
  static Map<String, String> read(InputStream text, Charset charset) throws IOException {
    var reading = new CalendarLines();
    Charset raw = isLikeAscii(charset) ? ISO_8859_1 : charset;
    var lines = new BufferedReader(new InputStreamReader(text, raw));
    var line = new StringBuilder();
    for (int i = 0; i < LINES_MAX && !reading.over; i++) {
      @Nullable String next = lines.readLine();
      if (next != null && !next.isEmpty() && (next.charAt(0) == ' ' || next.charAt(0) == '\t')) {
        append(line, next.substring(1));
        continue;
      }
      reading.take(new String(line.toString().getBytes(raw), charset));
      if (next == null) {
        break;
      }
      line.setLength(0);
      append(line, next);
    }
    return reading.found.containsKey("COMPONENT") ? reading.found : Map.of();
  }

  /// Whether line breaks and blanks are the same bytes as in ASCII, unlike in UTF-16.
  private static boolean isLikeAscii(Charset charset) {
    return !charset.canEncode()
        || Arrays.equals("\n ".getBytes(charset), "\n ".getBytes(ISO_8859_1));
  }

  private static void append(StringBuilder line, String more) {
    line.append(more, 0, Math.min(more.length(), LINE_MAX - line.length()));
  }

  private void take(String line) {
    int colon = colon(line);
    if (colon < 0) {
      return;
    }
    int semicolon = line.indexOf(';');
    String name =
        line.substring(0, semicolon >= 0 && semicolon < colon ? semicolon : colon)
            .toUpperCase(Locale.ROOT);
    String value = line.substring(colon + 1).strip();
    switch (name) {
      case "BEGIN" -> begin(value.toUpperCase(Locale.ROOT));
      case "END" -> end();
      default -> {
        boolean ofWhole = depth == 1 && name.equals("METHOD");
        if (ofWhole || (inEntry && depth == 2)) {
          found.putIfAbsent(name, value);
        }
      }
    }
  }

  private void begin(String component) {
    depth++;
    if (depth == 2 && ENTRIES.contains(component)) {
      inEntry = true;
      found.putIfAbsent("COMPONENT", component);
    }
  }

  private void end() {
    over = inEntry && depth == 2;
    depth--;
  }

  /// The one before the value: not within quotes.
  private static int colon(String line) {
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ':' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  /// A value that is text, as a person reads it, on one line.
  static String unescaped(String value) {
    var text = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        char next = value.charAt(++i);
        text.append(next == 'n' || next == 'N' ? ' ' : next);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
