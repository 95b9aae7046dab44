package org.posthorn.imap.command;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.posthorn.storage.account.UidSet;

/// How many messages one change may touch. What a client says of more is done in several changes,
/// so neither memory nor the wait of others grows with the mailbox; RFC 3501 asks for all or
/// nothing only of COPY.
final class Pieces {
  /// Each message costs a row, and all rows fit into one commit.
  static final int ROWS = 1_800;

  /// Neighbours go as one, and what is kept of them is short.
  static final int EXPUNGED = 20_000;

  /// Each is read one by one, and its row is written with its structure.
  static final int READ = 500;

  private Pieces() {}

  /// What `each` says of every piece, as one set.
  static <T> UidSet union(List<T> parts, Function<T, UidSet> each) {
    if (parts.size() == 1) {
      return each.apply(parts.getFirst());
    }
    return UidSet.of(
        parts.stream().flatMapToLong(p -> Arrays.stream(each.apply(p).toArray())).toArray());
  }
}
