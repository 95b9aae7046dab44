package org.posthorn.mailets.content;

import java.util.Optional;
import java.util.stream.Collectors;

/// The words of a footer, as they go into a part of plain text and into one of HTML.
record FooterText(String plain, String html) {
  static FooterText of(String text, Optional<String> html) {
    String lines = text.replace("\r\n", "\n").replace('\r', '\n').stripTrailing();
    return new FooterText(
        lines.replace("\n", "\r\n") + "\r\n",
        html.map(FooterText::ascii)
            .orElseGet(() ->
                "<div><br>" + ascii(escaped(lines)).replace("\n", "<br>\r\n") + "</div>\r\n"));
  }

  boolean isAscii() {
    return plain.chars().allMatch(c -> c < 128);
  }

  /// For text whose lines are joined again (RFC 3676 §4.2): no line of ours flows on, and what
  /// would be read as a mark is stuffed with a space.
  FooterText flowed() {
    return new FooterText(
        plain
            .lines()
            .map(line -> line.equals("-- ") ? line : line.stripTrailing())
            .map(line -> line.matches("(?s)( |>|From ).*") ? " " + line : line)
            .collect(Collectors.joining("\r\n", "", "\r\n")),
        html);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /// With references for what is not ASCII: they are read in any character set.
  private static String ascii(String html) {
    var out = new StringBuilder();
    html.codePoints()
        .forEach(point -> {
          if (point < 128) {
            out.append((char) point);
          } else {
            out.append("&#").append(point).append(';');
          }
        });
    return out.toString();
  }
}
