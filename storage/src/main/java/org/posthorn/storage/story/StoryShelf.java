package org.posthorn.storage.story;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Where stories are kept. Appended to by one thread at a time, tended by one other, read by many.
sealed interface StoryShelf extends AutoCloseable permits MemoryShelf, FileShelf {
  void append(List<StoryEntry> entries) throws IOException;

  /// Puts away what is full, which may take a while; others append and search meanwhile. What could
  /// not be put away stays as it is, and the next call tries again.
  void tend() throws IOException;

  /// What is too old or too much goes.
  void expire() throws IOException;

  /// Hands over entries that have one of `keys` (or all, with [StoryEntry#EVERY_KEY]), file by file
  /// until `each` has enough: those of a file together, in the order in which they came. Files that
  /// end before `since` are left out.
  void scan(Set<String> keys, boolean newestFirst, Instant since, Each each) throws IOException;

  /// How far back it goes; empty when there is nothing.
  Optional<Instant> begin();

  /// Whether all was here that was ever told, when this was opened: it was said with [#keepWhole].
  boolean isWhole();

  /// Says that all is here that was told, for the next opening, or that it may not be. Durable when
  /// it returns.
  void keepWhole(boolean whole) throws IOException;

  @Override
  void close() throws IOException;

  @FunctionalInterface
  interface Each {
    /// Whether there shall be more.
    boolean take(List<StoryEntry> entries);
  }

  static boolean isAbout(StoryEntry entry, Set<String> keys) {
    var found = new boolean[] {keys.contains(StoryEntry.EVERY_KEY)};
    entry.keys(key -> found[0] |= keys.contains(key));
    return found[0];
  }
}
