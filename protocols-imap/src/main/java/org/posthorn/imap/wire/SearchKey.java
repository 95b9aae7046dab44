package org.posthorn.imap.wire;

import java.time.LocalDate;
import java.util.List;

/// A condition on messages (RFC 3501 §6.4.4). Keys that are short for others are read as those: NEW
/// is RECENT and not SEEN.
public sealed interface SearchKey {
  record All() implements SearchKey {}

  record And(List<SearchKey> keys) implements SearchKey {
    public And {
      keys = List.copyOf(keys);
    }
  }

  record Or(SearchKey one, SearchKey other) implements SearchKey {}

  record Not(SearchKey key) implements SearchKey {}

  /// RFC 6203 §3: also what is only like it.
  record Fuzzy(SearchKey key) implements SearchKey {}

  record Numbers(SequenceSet set) implements SearchKey {}

  record Uids(SequenceSet set) implements SearchKey {}

  /// A system flag, with its backslash, or a keyword.
  record Flag(String name) implements SearchKey {}

  record Recent() implements SearchKey {}

  /// Without time and zone.
  record Dated(Date date, Relation relation, LocalDate day) implements SearchKey {}

  record Larger(long bytes) implements SearchKey {}

  record Smaller(long bytes) implements SearchKey {}

  /// RFC 5032 §3: the internal date is at most so many seconds ago.
  record Younger(long seconds) implements SearchKey {}

  /// RFC 5032 §3: the internal date is at least so many seconds ago.
  record Older(long seconds) implements SearchKey {}

  /// A field of the envelope.
  record Addressed(Field field, String text) implements SearchKey {}

  record Header(String field, String text) implements SearchKey {}

  record Body(String text) implements SearchKey {}

  /// Header or body.
  record Text(String text) implements SearchKey {}

  /// RFC 7162 §3.1.5.
  record ModSeq(long atLeast) implements SearchKey {}

  /// RFC 8474 §6.
  record EmailId(String id) implements SearchKey {}

  /// RFC 8474 §6.
  record ThreadId(String id) implements SearchKey {}

  enum Date {
    INTERNAL,
    SENT,
    /// RFC 8514 §4.2.
    SAVED
  }

  enum Relation {
    BEFORE,
    ON,
    SINCE
  }

  enum Field {
    FROM,
    TO,
    CC,
    BCC,
    SUBJECT
  }
}
