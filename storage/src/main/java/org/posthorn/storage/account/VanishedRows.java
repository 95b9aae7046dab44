package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The rows of messages that left a mailbox: theirs go, and of what they were one row stays with
/// the version, or several when they are many.
final class VanishedRows {
  private static final int FORM = 1;
  private static final int ROW_BYTES = 40 << 10;

  /// Runs of neighbours from this length on are deleted as a range.
  private static final int RANGE_MIN = 32;

  private VanishedRows() {}

  /// `gone` are in ascending order and had these places in the mailbox.
  static void write(
      MailboxDraft mailbox, int[] indexes, List<Placement> gone, long version, Batch rows) {
    for (int from = 0; from < indexes.length; ) {
      int to = from + 1;
      while (to < indexes.length && indexes[to] == indexes[to - 1] + 1) {
        to++;
      }
      delete(mailbox.id(), gone.subList(from, to), rows);
      from = to;
    }
    RowWriter row = new RowWriter(gone.size() * 24 + 8).raw(FORM);
    long lastUid = 0;
    for (Placement placement : gone) {
      if (row.size() > ROW_BYTES) {
        rows.put(key(mailbox, version), row.toBytes());
        row = new RowWriter(ROW_BYTES + 1_000).raw(FORM);
        lastUid = 0;
      }
      placement.writeTo(row.number(placement.uid() - lastUid));
      lastUid = placement.uid();
    }
    rows.put(key(mailbox, version), row.toBytes());
  }

  /// `run` are neighbours: no other message is between them.
  private static void delete(int mailbox, List<Placement> run, Batch rows) {
    if (run.size() < RANGE_MIN) {
      run.forEach(gone -> rows.delete(Keys.placement(mailbox, gone.uid())));
    } else {
      rows.deleteRange(
          Keys.placement(mailbox, run.getFirst().uid()),
          Keys.after(Keys.placement(mailbox, run.getLast().uid())));
    }
  }

  private static byte[] key(MailboxDraft mailbox, long version) {
    return Keys.vanished(mailbox.id(), version, mailbox.nextVanishedPiece());
  }

  static List<Placement> read(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    var gone = new ArrayList<Placement>();
    long uid = 0;
    while (!row.atEnd()) {
      uid += row.number();
      gone.add(Placement.readFrom(uid, row));
    }
    return gone;
  }
}
