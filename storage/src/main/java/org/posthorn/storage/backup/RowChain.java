package org.posthorn.storage.backup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rows of a partition as its sections together say they are: the first has all rows, each one
/// behind it what became of them. Memory does not depend on how many there are. Used by one thread.
final class RowChain implements AutoCloseable {
  private final List<SectionReader> readers = new ArrayList<>();
  private final @Nullable SavedRow[] heads;
  private @Nullable SavedRow current;

  /// Stands on the first row.
  RowChain(BackupFolder folder, List<Section> sections) {
    heads = new SavedRow[sections.size()];
    try {
      for (Section section : sections) {
        readers.add(new SectionReader(folder.rows(section.run()), section));
      }
      for (int i = 0; i < heads.length; i++) {
        heads[i] = readers.get(i).next();
      }
      advance();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// The row that this stands on; null behind the last one.
  @Nullable SavedRow current() {
    return current;
  }

  void advance() {
    do {
      current = pop();
    } while (current != null && current.value().isEmpty());
  }

  /// The row of the lowest key, as the newest section has it.
  private @Nullable SavedRow pop() {
    SavedRow lowest = null;
    for (SavedRow head : heads) {
      if (head != null && (lowest == null || compare(head, lowest) <= 0)) {
        lowest = head;
      }
    }
    if (lowest != null) {
      for (int i = 0; i < heads.length; i++) {
        SavedRow head = heads[i];
        if (head != null && compare(head, lowest) == 0) {
          heads[i] = readers.get(i).next();
        }
      }
    }
    return lowest;
  }

  private static int compare(SavedRow a, SavedRow b) {
    return Arrays.compareUnsigned(a.key(), b.key());
  }

  @Override
  public void close() {
    readers.forEach(SectionReader::close);
  }
}
