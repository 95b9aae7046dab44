package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Limits;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.keys.Keyring;

/// A change with more rows than one commit takes, made whole all the same: all that it will do is
/// first written aside, in pieces; then one row decides that it is done; then it is done, in
/// several commits; then what was written aside goes. After a crash before the decision nothing has
/// happened, and after a crash behind it the rest is done when the account is next opened.
///
/// It is shown to readers when the last commit is durable, as any change. What reads rows from the
/// engine in between (a mailbox that is being opened) notices by the mailbox's checksum and waits.
final class LargeChange {
  private static final int FORM = 1;
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int DELETE_RANGE = 3;

  /// Sorts after all pieces.
  private static final int DECISION = -1;

  private static final int PIECE_BYTES = Limits.TIGHTEST.valueMaxBytes() - 2_000;

  private LargeChange() {}

  /// `rows` with what makes them safe, where they are too many for one commit.
  static Batch whole(Batch rows, Limits limits) {
    if (limits.haveRoom(rows, 0, 0)) {
      return rows;
    }
    var aside = new Aside();
    rows.forEach(aside);
    // Pieces of a change that was never decided may still be there.
    var all = new Batch().deleteRange(Keys.whole(), Keys.after(Keys.whole()));
    List<byte[]> pieces = aside.pieces();
    for (int i = 0; i < pieces.size(); i++) {
      all.put(Keys.whole(i), pieces.get(i));
    }
    all.put(Keys.whole(DECISION), Rows.number(pieces.size()));
    all.append(rows);
    return all.deleteRange(Keys.whole(), Keys.after(Keys.whole()));
  }

  /// Completes or forgets a change that a crash interrupted.
  static void recover(Engine engine, Partition partition) {
    var rows = new Rows(engine, new AccountId(partition.name()), Keyring.off());
    Page first = rows.page(Keys.whole(), Keys.after(Keys.whole()), 1, Optional.empty());
    if (first.rows().isEmpty()) {
      return;
    }
    var all = new Batch();
    boolean decided = isDecided(rows);
    if (decided) {
      rows.between(
          Keys.whole(), Keys.whole(DECISION), piece -> replay(new RowReader(piece.value()), all));
    }
    all.deleteRange(Keys.whole(), Keys.after(Keys.whole()));
    try {
      commit(all, first.version(), engine, partition);
    } catch (StorageUnavailable e) {
      // What was not decided changes nothing: the account can be read, from a full disk too.
      if (decided) {
        throw e;
      }
    }
  }

  /// Whether there is a change that must be completed. Pieces without a decision do no harm.
  static boolean isDecided(Rows rows) {
    return rows.get(Keys.whole(DECISION)).isPresent();
  }

  private static void commit(Batch all, long from, Engine engine, Partition partition) {
    long version = from;
    for (Batch part : all.split(engine.limits())) {
      switch (engine.commit(partition, version, CommitId.random(), part)) {
        case Result.Applied(long next) -> version = next;
        case Result.Conflict _ -> {
          return; // Somebody else is at it.
        }
      }
    }
  }

  /// Rows that a change is going to write, and has written aside so far.
  static void eachPut(Rows rows, BiConsumer<byte[], byte[]> row) {
    rows.between(
        Keys.whole(),
        Keys.whole(DECISION),
        found -> {
          var piece = new RowReader(found.value());
          piece.form(FORM);
          while (!piece.atEnd()) {
            int kind = piece.raw();
            byte[] key = piece.piece();
            byte[] value = kind == DELETE ? key : piece.piece();
            if (kind == PUT) {
              row.accept(key, value);
            }
          }
        });
  }

  private static void replay(RowReader piece, Batch all) {
    piece.form(FORM);
    while (!piece.atEnd()) {
      int kind = piece.raw();
      byte[] key = piece.piece();
      switch (kind) {
        case PUT -> all.put(key, piece.piece());
        case DELETE -> all.delete(key);
        default -> all.deleteRange(key, piece.piece());
      }
    }
  }

  private static final class Aside implements Batch.Sink {
    private final List<byte[]> done = new ArrayList<>();
    private RowWriter piece = begin();

    List<byte[]> pieces() {
      done.add(piece.toBytes());
      piece = begin();
      return done;
    }

    @Override
    public void put(byte[] key, byte[] value) {
      withRoom(key.length + value.length).raw(PUT).piece(key).piece(value);
    }

    @Override
    public void delete(byte[] key) {
      withRoom(key.length).raw(DELETE).piece(key);
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      withRoom(from.length + to.length).raw(DELETE_RANGE).piece(from).piece(to);
    }

    private RowWriter withRoom(int bytes) {
      if (piece.size() + bytes + 16 > PIECE_BYTES && piece.size() > 1) {
        done.add(piece.toBytes());
        piece = begin();
      }
      return piece;
    }

    private static RowWriter begin() {
      return new RowWriter(4 << 10).raw(FORM);
    }
  }
}
