package org.posthorn.smtp.inbound;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.spool.NewMail;

/// What gates have noted about a client or a mail, for the chain: attributes, and header lines that
/// are put on top of the message. Bounded, whatever gates say. Confined to the connection's thread.
final class Notes {
  private static final int ATTRIBUTES_MAX = 40;
  private static final int HEADERS_MAX = 20;
  private static final int VALUE_MAX = 190;

  /// Results in Authentication-Results are many with the signatures of strangers, and what DMARC
  /// came to is the last of them.
  private static final int HEADER_MAX = 16_000;

  private final Map<String, String> attributes = new LinkedHashMap<>();
  private final List<HeaderField> headers = new ArrayList<>();

  /// By the gate's label, what those that only try would have noted.
  private final Map<String, Map<String, String>> tried = new HashMap<>();

  static Notes copyOf(Notes other) {
    var copy = new Notes();
    copy.attributes.putAll(other.attributes);
    copy.headers.addAll(other.headers);
    other.tried.forEach((gate, notes) -> copy.tried.put(gate, new HashMap<>(notes)));
    return copy;
  }

  void attribute(String name, String value) {
    put(attributes, name, value);
  }

  /// An attribute that only this gate is to see, at later stages.
  void tried(String gate, String name, String value) {
    put(tried.computeIfAbsent(gate, _ -> new HashMap<>()), name, value);
  }

  /// That a mail is to be held has room whatever else was noted: it would be delivered.
  private static void put(Map<String, String> notes, String name, String value) {
    String key = cut(name, VALUE_MAX);
    if (notes.size() < ATTRIBUTES_MAX || notes.containsKey(key) || key.equals(NewMail.QUARANTINE)) {
      notes.put(key, cut(value, VALUE_MAX));
    }
  }

  /// Left out where it is no header field.
  void header(String name, String value) {
    if (headers.size() < HEADERS_MAX && name.matches("[A-Za-z0-9-]{1,70}")) {
      headers.add(new HeaderField(name, printable(value, HEADER_MAX)));
    }
  }

  /// In the order in which they were noted.
  Map<String, String> attributes() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  Map<String, String> triedBy(String gate) {
    return tried.getOrDefault(gate, Map.of());
  }

  /// Folded, with CRLF.
  String headerLines() {
    var lines = new StringBuilder();
    headers.forEach(field -> lines.append(HeaderText.line(field.name(), field.value())));
    return lines.toString();
  }

  /// In one line of ASCII.
  static String printable(String text, int max) {
    var printable = new StringBuilder(Math.min(text.length(), max));
    for (int i = 0; i < text.length() && i < max; i++) {
      char c = text.charAt(i);
      printable.append(c >= ' ' && c <= '~' ? c : c < ' ' ? ' ' : '?');
    }
    return printable.toString();
  }

  private static String cut(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max - 1) + "…";
  }
}
