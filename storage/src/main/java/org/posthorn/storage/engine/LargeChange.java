package org.posthorn.storage.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.posthorn.storage.StorageUnavailable;

/// Changes with more rows than one commit takes, made whole all the same: all that such a change
/// will do is first written aside, in pieces; then one row decides that it is done; then it is
/// done, in several commits; then what was written aside goes. After a crash before the decision
/// nothing has happened, and after a crash behind it the rest is done by [#recover].
///
/// A [PartitionOwner] shows it when the last commit is durable, as any change. What reads rows from
/// the engine in between sees some of it, and a keeper's users must be able to live with that.
///
/// The pieces are rows of the same partition, whose keys begin with a byte that no other row of it
/// begins with. Safe for use by many threads.
public final class LargeChange {
  private static final int FORM = 1;
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int DELETE_RANGE = 3;

  /// Sorts after all pieces.
  private static final int DECISION = -1;

  private static final int PIECE_BYTES = Limits.TIGHTEST.valueMaxBytes() - 2_000;
  private static final int PAGE_ROWS = 1_000;

  private final byte first;

  /// `first` begins the keys of what is written aside.
  public LargeChange(char first) {
    this.first = (byte) first;
  }

  /// `rows` with what makes them safe, where they are too many for one commit.
  public Batch whole(Batch rows, Limits limits) {
    if (limits.haveRoom(rows, 0, 0)) {
      return rows;
    }
    var aside = new Aside();
    rows.forEach(aside);
    // Pieces of a change that was never decided may still be there.
    var all = new Batch().deleteRange(begin(), end());
    List<byte[]> pieces = aside.pieces();
    for (int i = 0; i < pieces.size(); i++) {
      all.put(key(i), pieces.get(i));
    }
    all.put(key(DECISION), new RowWriter(10).raw(FORM).number(pieces.size()).toBytes());
    all.append(rows);
    return all.deleteRange(begin(), end());
  }

  /// Completes or forgets a change that a crash interrupted.
  public void recover(Engine engine, Partition partition) {
    Page found = engine.scan(partition, begin(), end(), 1, false, Optional.empty());
    if (found.rows().isEmpty()) {
      return;
    }
    var all = new Batch();
    boolean decided = isDecided(engine, partition);
    if (decided) {
      eachPiece(engine, partition, piece -> replay(piece, all));
    }
    all.deleteRange(begin(), end());
    try {
      commit(all, found.version(), engine, partition);
    } catch (StorageUnavailable e) {
      // What was not decided changes nothing: the rows can be read, from a full disk too.
      if (decided) {
        throw e;
      }
    }
  }

  /// Whether there is a change that must be completed. Pieces without a decision do no harm.
  public boolean isDecided(Engine engine, Partition partition) {
    return engine.get(partition, key(DECISION)).isPresent();
  }

  /// Whether a row of this key is what is written aside.
  public boolean hasAside(byte[] key) {
    return key.length > 1 && key[0] == first;
  }

  /// Rows that a change is going to write, and has written aside so far.
  public void eachPut(Engine engine, Partition partition, BiConsumer<byte[], byte[]> row) {
    eachPiece(
        engine,
        partition,
        piece -> {
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

  private void eachPiece(Engine engine, Partition partition, Consumer<RowReader> use) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, begin(), key(DECISION), PAGE_ROWS, false, resume);
      for (Page.Row row : page.rows()) {
        var piece = new RowReader(row.value());
        piece.form(FORM);
        use.accept(piece);
      }
      resume = page.resume();
    } while (resume.isPresent());
  }

  private static void replay(RowReader piece, Batch all) {
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

  private byte[] begin() {
    return new byte[] {first};
  }

  private byte[] end() {
    return new byte[] {(byte) (first + 1)};
  }

  private byte[] key(int piece) {
    return ByteBuffer.allocate(1 + Integer.BYTES).put(first).putInt(piece).array();
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
