package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table of which nobody knows how long it gets: its first rows decide how wide the columns are,
/// the others are printed as they come. Used by one thread.
final class LongTable {
  private static final int FIRST_ROWS = 100;

  private final Output out;
  private final List<String> titles;
  private final List<List<String>> first = new ArrayList<>();
  private int @Nullable [] widths;

  LongTable(Output out, String... titles) {
    this.out = out;
    this.titles = List.of(titles);
  }

  void row(String... cells) {
    List<String> row = List.of(cells);
    if (widths != null) {
      out.tableRow(row, widths);
      return;
    }
    first.add(row);
    if (first.size() == FIRST_ROWS) {
      end();
    }
  }

  /// Prints what was kept back; `ifEmpty` when there was no row.
  void end(String ifEmpty) {
    if (widths == null && first.isEmpty()) {
      out.line(ifEmpty);
    } else {
      end();
    }
  }

  private void end() {
    if (widths == null) {
      widths = out.tableToGoOn(titles, first);
      first.clear();
    }
  }
}
