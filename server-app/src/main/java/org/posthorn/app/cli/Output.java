package org.posthorn.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.app.log.VisibleText;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Prints for people: tables that fit the terminal, colours only on one. Whether there is a
/// terminal and how wide it is, the launcher says (`-Dposthorn.columns`), since it costs the JVM
/// more to find out.
final class Output {
  private static final String RESET = "\u001b[0m";
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[(?:0|1|2|31|32)m");
  private static final int COLUMN_MIN = 8;

  /// Columns of which a part is of no use: nobody can name a mail by half of its id, or a user by
  /// half of a login.
  private static final Set<String> WHOLE =
      Set.of(
          "MAIL",
          "LOGIN",
          "DOMAIN",
          "ID",
          "SELECTOR",
          "WHEN",
          "SINCE",
          "MADE",
          "EXPIRES",
          "NEXT",
          "TRIES",
          "STATE",
          "NETWORK");

  private final PrintWriter out;
  private final int columns;
  private final boolean colours;

  Output(PrintWriter out) {
    this(out, Integer.getInteger("posthorn.columns", 0));
  }

  /// `columns` is 0 where there is no terminal.
  Output(PrintWriter out, int columns) {
    this.out = out;
    this.columns = columns;
    this.colours = columns > 0 && System.getenv("NO_COLOR") == null;
  }

  boolean onTerminal() {
    return columns > 0;
  }

  void line(String text) {
    out.println(visible(text, VisibleText::lines));
    out.flush();
  }

  /// Whether nobody can get any more what is printed.
  boolean isInVain() {
    return out.checkError();
  }

  /// Stays on the same line of the terminal and is written over by what comes next.
  void progress(String text) {
    if (onTerminal()) {
      out.print("\r" + fit(visible(text, VisibleText::of), columns - 1) + "\u001b[K");
      out.flush();
    }
  }

  void endProgress() {
    if (onTerminal()) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }

  String bold(String text) {
    return colours ? "\u001b[1m" + text + RESET : text;
  }

  String green(String text) {
    return colours ? "\u001b[32m" + text + RESET : text;
  }

  String red(String text) {
    return colours ? "\u001b[31m" + text + RESET : text;
  }

  String faint(String text) {
    return colours ? "\u001b[2m" + text + RESET : text;
  }

  /// Aligned columns under their titles. When the terminal is too narrow the widest one gives way,
  /// but for ids and times; what still does not fit then goes on in the next line.
  void table(List<String> titles, List<List<String>> rows) {
    var _ = tableToGoOn(titles, rows);
  }

  /// As [#table]; answers with the widths for more rows.
  int[] tableToGoOn(List<String> titles, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(titles);
    rows.forEach(row -> all.add(cells(row)));
    int[] widths = new int[titles.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    if (columns > 0) {
      shrink(widths, titles);
    }
    for (int i = 0; i < all.size(); i++) {
      String line = row(all.get(i), widths);
      line(i == 0 ? bold(line) : line);
    }
    return widths;
  }

  /// Says so if more rows are there than are shown.
  void tellOfRest(int shown, long total, String what) {
    if (shown < total) {
      line("");
      line("%,d of %,d %s shown. All of them:  --limit %d".formatted(shown, total, what, total));
    }
  }

  /// One row more of a table that was begun.
  void tableRow(List<String> cells, int[] widths) {
    line(row(cells(cells), widths));
  }

  private List<String> cells(List<String> row) {
    return row.stream().map(cell -> visible(cell, VisibleText::of)).toList();
  }

  /// What others wrote cannot do anything to the terminal; our colours can.
  private String visible(String text, UnaryOperator<String> escaping) {
    if (!colours || text.indexOf('\u001b') < 0) {
      return escaping.apply(text);
    }
    var visible = new StringBuilder();
    Matcher colour = COLOUR.matcher(text);
    int from = 0;
    while (colour.find()) {
      visible.append(escaping.apply(text.substring(from, colour.start()))).append(colour.group());
      from = colour.end();
    }
    return visible.append(escaping.apply(text.substring(from))).toString();
  }

  private void shrink(int[] widths, List<String> titles) {
    int total = 2 * (widths.length - 1);
    for (int width : widths) {
      total += width;
    }
    while (total > columns) {
      int widest = -1;
      for (int i = 0; i < widths.length; i++) {
        boolean givesWay = widths[i] > COLUMN_MIN && !WHOLE.contains(titles.get(i));
        widest = givesWay && (widest < 0 || widths[i] > widths[widest]) ? i : widest;
      }
      if (widest < 0) {
        return;
      }
      widths[widest]--;
      total--;
    }
  }

  private static String row(List<String> cells, int[] widths) {
    List<String> padded = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      String cell = fit(cells.get(i), widths[i]);
      padded.add(cell + " ".repeat(widths[i] - width(cell)));
    }
    return padded.stream().collect(Collectors.joining("  ")).stripTrailing();
  }

  private static String fit(String text, int width) {
    if (width(text) <= width) {
      return text;
    }
    int end = 0;
    for (int used = 0; end < text.length(); ) {
      int c = text.codePointAt(end);
      used += TerminalWidth.of(c);
      if (used > width - 1) {
        break;
      }
      end += Character.charCount(c);
    }
    return text.substring(0, end) + "…";
  }

  private static int width(String text) {
    return text.codePoints().map(TerminalWidth::of).sum();
  }

  static String mails(long count) {
    return Counted.of(count, "mail");
  }

  /// As people read it: `100,000`.
  static String number(JsonNode number) {
    return String.format(Locale.ROOT, "%,d", number.asLong());
  }

  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit++;
    }
    return "%.1f %sB".formatted(value, "KMGT".charAt(unit));
  }
}
