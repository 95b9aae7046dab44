package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

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

  /// Prints what the server answers to `path`, line by line: as rows, or as JSON if that is wanted.
  void fill(
      ClientOptions options, String path, Function<JsonNode, List<String>> cells, String ifEmpty) {
    var whole = new AtomicBoolean();
    options
        .client()
        .lines(
            "GET",
            path,
            new byte[0],
            line -> {
              boolean last = line.has("done");
              whole.compareAndSet(false, last);
              if (options.json()) {
                out.line(line.toString());
              } else if (!last) {
                row(cells.apply(line));
              }
            });
    if (!whole.get()) {
      throw new CommandFailed(ExitCode.FAILED, "The answer ended early; ask again");
    }
    if (!options.json()) {
      end(ifEmpty);
    }
  }

  private void row(List<String> row) {
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
  private void end(String ifEmpty) {
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
