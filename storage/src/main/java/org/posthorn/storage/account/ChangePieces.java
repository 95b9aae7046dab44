package org.posthorn.storage.account;

import java.io.ByteArrayOutputStream;
import java.util.Optional;
import org.posthorn.storage.engine.Page;

/// Puts the rows of the change log together again, where a change has several. Used by one thread.
final class ChangePieces {
  private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
  private long version;

  /// The change that ended before this row.
  Optional<Change> add(Page.Row row) {
    long next = Keys.longAt(row.key(), 1);
    Optional<Change> complete = next == version ? Optional.empty() : end();
    version = next;
    gathered.writeBytes(row.value());
    return complete;
  }

  /// The last change.
  Optional<Change> end() {
    if (gathered.size() == 0) {
      return Optional.empty();
    }
    var change = ChangeRow.decode(version, gathered.toByteArray());
    gathered.reset();
    return Optional.of(change);
  }
}
