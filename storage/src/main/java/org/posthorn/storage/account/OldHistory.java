package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A piece of history that has had its time: the changes after one version until another, of which
/// the last was made at `last`; the mailboxes that they took messages out of; and the emails of
/// those messages, which nothing may need any more.
record OldHistory(long after, long until, Instant last, Set<Integer> mailboxes, List<Long> emails) {
  private static final int FORM = 1;
  private static final int PIECE_BYTES = 40 << 10;

  OldHistory {
    mailboxes = Set.copyOf(mailboxes);
    emails = emails.stream().distinct().sorted().toList();
  }

  /// The emails as rows have them.
  List<byte[]> emailPieces() {
    List<byte[]> pieces = new ArrayList<>();
    RowWriter piece = new RowWriter(64).raw(FORM);
    long before = 0;
    for (long email : emails) {
      if (piece.size() > PIECE_BYTES) {
        pieces.add(piece.toBytes());
        piece = new RowWriter(PIECE_BYTES).raw(FORM);
        before = 0;
      }
      piece.number(email - before);
      before = email;
    }
    if (!emails.isEmpty()) {
      pieces.add(piece.toBytes());
    }
    return pieces;
  }

  static long[] emailsOf(byte[] piece) {
    var row = new RowReader(piece);
    row.form(FORM);
    var emails = new long[16];
    int count = 0;
    long before = 0;
    while (!row.atEnd()) {
      before += row.number();
      emails = count == emails.length ? Arrays.copyOf(emails, count * 2) : emails;
      emails[count++] = before;
    }
    return Arrays.copyOf(emails, count);
  }
}
