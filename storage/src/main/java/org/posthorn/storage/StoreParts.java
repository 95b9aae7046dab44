package org.posthorn.storage;

import java.nio.file.Path;
import org.posthorn.storage.content.ContentFolder;
import org.posthorn.storage.rocksdb.RowsFolder;

/// The two parts of a store on disk, rows and contents: neither is of use without the other. New
/// rows know nobody, so beside old contents all of these would seem to be of no use; and new
/// contents get the names that the old rows have for others. So a store of which one part is not
/// there, since a disk is not mounted or half of a copy is missing, is not opened.
///
/// A store that is new gets its contents' folder before its rows, so that a first start that is
/// killed leaves nothing that looks like a loss.
final class StoreParts {
  private final Path store;
  private final Path rows;
  private final ContentFolder contents;

  StoreParts(Path store) {
    this.store = store;
    this.rows = store.resolve("rows");
    this.contents = new ContentFolder(store.resolve("content"));
  }

  /// Comes before the rows are opened. Throws [StorageUnavailable], with a text for the operator,
  /// when a part is missing: then nothing was made or changed.
  void check() {
    if (RowsFolder.isMissing(rows)) {
      if (contents.hasAny()) {
        throw rowsMissing();
      }
      contents.make();
    } else {
      contents
          .missing()
          .ifPresent(missing -> {
            throw contentsMissing(missing);
          });
      contents
          .largeMissing()
          .ifPresent(sign -> {
            throw largeMissing(sign);
          });
    }
  }

  private StorageUnavailable rowsMissing() {
    return new StorageUnavailable(
        ("The rows of all accounts are missing: %s is not there or empty, although %s holds"
                + " messages. Is a disk not mounted, or a copy not complete? Then put that right and"
                + " start again. %s  To begin anew without these messages, move %s away")
            .formatted(rows, contents, RowsFolder.wayOut(rows), store));
  }

  private StorageUnavailable largeMissing(Path sign) {
    Path large = sign.getParent();
    return new StorageUnavailable(
        ("The large messages are missing: %s is not there or empty, and it is not the folder that"
                + " was there. Is a disk not mounted, or a copy not complete? Then put that right"
                + " and start again. %s  To go on without the large messages that were there:"
                + "  mkdir -p %s && touch %s")
            .formatted(large, RowsFolder.wayOutByBackup(rows), large, sign));
  }

  private StorageUnavailable contentsMissing(Path missing) {
    String wayOut = contents.hasAny() ? RowsFolder.wayOut(rows) : RowsFolder.wayOutByBackup(rows);
    return new StorageUnavailable(
        ("The messages are missing: %s is not there or empty, although %s says whose they are. Is a"
                + " disk not mounted, or a copy not complete? Then put that right and start again."
                + " %s  To begin anew without messages and users, move %s away")
            .formatted(missing, rows, wayOut, store));
  }
}
