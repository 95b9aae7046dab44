package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;

/// Comma-separated values (RFC 4180): quotes around what holds commas, quotes or line breaks; a
/// quote inside is written twice. Empty lines count for nothing.
final class Csv {
  /// `line` is where the row begins, from 1.
  record Row(int line, List<String> cells) {}

  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  private final String text;
  private int next;
  private int line = 1;

  private Csv(String text) {
    this.text = text;
  }

  static List<Row> parse(String text) throws Malformed {
    String bare = text.startsWith("\ufeff") ? text.substring(1) : text;
    var csv = new Csv(bare.replace("\r\n", "\n").replace('\r', '\n'));
    List<Row> rows = new ArrayList<>();
    while (csv.next < csv.text.length()) {
      Row row = csv.row();
      if (row.cells().size() > 1 || !row.cells().getFirst().isBlank()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private Row row() throws Malformed {
    int start = line;
    List<String> cells = new ArrayList<>();
    cells.add(cell());
    while (next < text.length() && text.charAt(next) == ',') {
      next++;
      cells.add(cell());
    }
    if (next < text.length() && text.charAt(next) != '\n') {
      throw new Malformed("line " + line + ": text after a closing quote");
    }
    next++;
    line++;
    return new Row(start, cells);
  }

  private String cell() throws Malformed {
    if (next >= text.length() || text.charAt(next) != '"') {
      int start = next;
      while (next < text.length() && text.charAt(next) != ',' && text.charAt(next) != '\n') {
        next++;
      }
      return text.substring(start, next);
    }
    return quoted();
  }

  private String quoted() throws Malformed {
    int start = line;
    var cell = new StringBuilder();
    next++;
    while (next < text.length()) {
      char c = text.charAt(next++);
      if (c != '"') {
        line += c == '\n' ? 1 : 0;
        cell.append(c);
      } else if (next < text.length() && text.charAt(next) == '"') {
        cell.append('"');
        next++;
      } else {
        return cell.toString();
      }
    }
    throw new Malformed("line " + start + ": a quote is not closed");
  }
}
