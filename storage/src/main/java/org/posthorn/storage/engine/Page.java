package org.posthorn.storage.engine;

import java.util.List;
import java.util.Optional;

/// Rows of one partition as they stood at one version, in key order (or reverse). `resume` goes
/// into the next [Engine#scan]; it is absent when the range is exhausted.
public record Page(List<Row> rows, long version, Optional<Resume> resume) {
  /// Roughly how many bytes of keys and values a page holds at most.
  public static final int MAX_BYTES = 1 << 20;

  public Page {
    rows = List.copyOf(rows);
  }

  /// A row. Key and value must not be changed.
  public interface Row {
    byte[] key();

    byte[] value();
  }

  /// Where to go on: opaque to all but the engine that made it.
  public interface Resume {}
}
