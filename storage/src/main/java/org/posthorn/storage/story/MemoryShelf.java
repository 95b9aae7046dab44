package org.posthorn.storage.story;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The last events, for a server that keeps nothing. Safe for use by many threads.
final class MemoryShelf implements StoryShelf {
  private static final int ENTRIES_MAX = 20_000;

  private final Deque<StoryEntry> entries = new ArrayDeque<>();

  @Override
  public synchronized void append(List<StoryEntry> more) {
    entries.addAll(more);
    expire();
  }

  @Override
  public void tend() {}

  @Override
  public synchronized void expire() {
    while (entries.size() > ENTRIES_MAX) {
      entries.removeFirst();
    }
  }

  @Override
  public void scan(Set<String> keys, boolean newestFirst, Instant since, Each each) {
    List<StoryEntry> found;
    synchronized (this) {
      found = entries.stream().filter(entry -> StoryShelf.isAbout(entry, keys)).toList();
    }
    if (!found.isEmpty()) {
      var _ = each.take(found);
    }
  }

  @Override
  public synchronized Optional<Instant> begin() {
    return Optional.ofNullable(entries.peekFirst()).map(StoryEntry::at);
  }

  /// Nothing is left of what was told before.
  @Override
  public boolean isWhole() {
    return false;
  }

  @Override
  public void keepWhole(boolean whole) {}

  @Override
  public void close() {}
}
