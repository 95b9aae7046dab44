package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;

/// Comma-separated values (RFC 4180): quotes around what holds commas or quotes; a quote inside is
/// written twice. Empty lines count for nothing. A row ends with its line, also within quotes:
/// nothing in our tables has line breaks, and so one broken quote swallows no other row.
final class Csv {
  /// A line of the table, from 1.
  record Row(int line, String text) {
    /// Throws [Declined], with a text for the operator, where quotes do not fit.
    List<String> cells() {
      return new Csv(text).read();
    }
  }

  private final String text;
  private int next;

  private Csv(String text) {
    this.text = text;
  }

  static List<Row> rows(String text) {
    String bare = text.startsWith("\ufeff") ? text.substring(1) : text;
    String[] lines = bare.split("\r\n|\r|\n", -1);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      if (!lines[i].isBlank()) {
        rows.add(new Row(i + 1, lines[i]));
      }
    }
    return rows;
  }

  private List<String> read() {
    List<String> cells = new ArrayList<>();
    cells.add(cell());
    while (next < text.length() && text.charAt(next) == ',') {
      next++;
      cells.add(cell());
    }
    if (next < text.length()) {
      throw Declined.badRequest("text after a closing quote");
    }
    return cells;
  }

  private String cell() {
    if (next >= text.length() || text.charAt(next) != '"') {
      int start = next;
      int comma = text.indexOf(',', start);
      next = comma < 0 ? text.length() : comma;
      return text.substring(start, next);
    }
    return quoted();
  }

  private String quoted() {
    var cell = new StringBuilder();
    next++;
    while (next < text.length()) {
      char c = text.charAt(next++);
      if (c != '"') {
        cell.append(c);
      } else if (next < text.length() && text.charAt(next) == '"') {
        cell.append('"');
        next++;
      } else {
        return cell.toString();
      }
    }
    throw Declined.badRequest("a quote is not closed");
  }
}
