package org.posthorn.storage.search;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.storage.account.AccountId;

/// How far accounts are indexed, where that is newer than the index's last commit, and how much of
/// it searches see already. Safe for use by many threads.
final class Unsettled {
  /// What was noted, as the so-manieth note.
  record Note(Progress progress, long number) {}

  private final Map<AccountId, Note> notes = new ConcurrentHashMap<>();
  private final AtomicLong noted = new AtomicLong();
  private final AtomicLong seen = new AtomicLong();

  Optional<Note> find(AccountId account) {
    return Optional.ofNullable(notes.get(account));
  }

  Map<AccountId, Note> all() {
    return notes;
  }

  /// What was written before this is what the note says.
  void note(AccountId account, Progress progress) {
    notes.put(account, new Note(progress, noted.incrementAndGet()));
  }

  /// Says the same of what is there, so that nobody waits to see more.
  void noteUnchanged(AccountId account, Progress progress) {
    notes.put(account, new Note(progress, noted.get()));
  }

  /// The number of the last note.
  long noted() {
    return noted.get();
  }

  boolean isSeen(Note note) {
    return note.number <= seen.get();
  }

  void seen(long upTo) {
    seen.accumulateAndGet(upTo, Math::max);
  }

  void clear() {
    notes.clear();
  }
}
