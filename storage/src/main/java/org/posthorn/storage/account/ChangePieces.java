package org.posthorn.storage.account;

import java.io.ByteArrayOutputStream;
import java.util.Optional;
import org.posthorn.storage.engine.Page;

/// Puts the rows of the change log together again, where a change has several. Used by one thread.
final class ChangePieces {
  private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
  private long version;

  /// The change that ended before this row. Where that cannot be read, this row is taken all the
  /// same.
  Optional<Change> add(Page.Row row) {
    long next = Keys.longAt(row.key(), 1);
    if (next == version) {
      gathered.writeBytes(row.value());
      return Optional.empty();
    }
    long ended = version;
    byte[] complete = taken();
    version = next;
    gathered.writeBytes(row.value());
    return decoded(ended, complete);
  }

  /// The last change.
  Optional<Change> end() {
    return decoded(version, taken());
  }

  private byte[] taken() {
    byte[] all = gathered.toByteArray();
    gathered.reset();
    return all;
  }

  private static Optional<Change> decoded(long version, byte[] row) {
    return row.length == 0 ? Optional.empty() : Optional.of(ChangeRow.decode(version, row));
  }
}
