package org.posthorn.storage.account;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// A [Spine] with the counters that belong to it.
final class ChunkedView implements MailboxView {
  private final MailboxInfo info;
  private final Spine spine;

  ChunkedView(MailboxInfo info, Spine spine) {
    this.info = info;
    this.spine = spine;
  }

  /// The placements of a view that is not older than the row.
  static Optional<Spine> spineOf(MailboxView view, MailboxRow row) {
    if (view instanceof ReaderView reader) {
      return spineOf(reader.all(), row);
    }
    return view instanceof ChunkedView chunked && chunked.isOf(row)
        ? Optional.of(chunked.spine)
        : Optional.empty();
  }

  /// Whatever changes a placement takes the highest MODSEQ further.
  private boolean isOf(MailboxRow row) {
    return info.id().value() == row.id()
        && info.uidValidity() == row.uidValidity()
        && info.uidNext() == row.uidNext()
        && info.highestModSeq() == row.highestModSeq()
        && info.messages() == row.messages();
  }

  @Override
  public MailboxInfo info() {
    return info;
  }

  @Override
  public int size() {
    return spine.size();
  }

  @Override
  public long uid(int index) {
    return spine.uid(index);
  }

  @Override
  public Flags flags(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).flags(index - spine.startOf(chunk));
  }

  @Override
  public long modSeq(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).modSeq(index - spine.startOf(chunk));
  }

  @Override
  public long emailId(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).emailId(index - spine.startOf(chunk));
  }

  @Override
  public long sizeBytes(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).sizeBytes(index - spine.startOf(chunk));
  }

  @Override
  public long internalMillis(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).internalMillis(index - spine.startOf(chunk));
  }

  @Override
  public long savedMillis(int index) {
    int chunk = spine.chunkOf(index);
    return spine.chunk(chunk).savedMillis(index - spine.startOf(chunk));
  }

  @Override
  public int indexOf(long uid) {
    return spine.indexOf(uid);
  }

  @Override
  public int firstUnseen() {
    for (int i = 0; i < spine.chunkCount(); i++) {
      int found = spine.chunk(i).firstUnseen();
      if (found >= 0) {
        return spine.startOf(i) + found;
      }
    }
    return -1;
  }

  @Override
  public List<String> keywords() {
    var all = new TreeMap<String, String>();
    for (int i = 0; i < spine.chunkCount(); i++) {
      for (Flags flags : spine.chunk(i).keywordSets()) {
        flags.keywords().forEach(keyword -> all.putIfAbsent(Flags.lower(keyword), keyword));
      }
    }
    return List.copyOf(all.values());
  }

  @Override
  public Difference since(MailboxView older) {
    if (!(older instanceof ChunkedView that) || !that.info.id().equals(info.id())) {
      throw new IllegalArgumentException("Not an older view of " + info.name());
    }
    return new Comparison(that.spine, spine).difference(that.info.uidNext());
  }

  /// Walks two spines side by side, over what they share in leaps.
  private static final class Comparison {
    private final Spine older;
    private final Spine newer;
    private final LongStream.Builder expunged = LongStream.builder();
    private final IntStream.Builder changed = IntStream.builder();
    private int olderChunk;
    private int olderAt;
    private int newerChunk;
    private int newerAt;

    Comparison(Spine older, Spine newer) {
      this.older = older;
      this.newer = newer;
    }

    Difference difference(long olderUidNext) {
      while (olderChunk < older.chunkCount()) {
        if (newerChunk == newer.chunkCount()) {
          expunged.add(older.chunk(olderChunk).uid(olderAt));
          stepOlder();
        } else if (atSharedChunk()) {
          olderChunk++;
          newerChunk++;
        } else {
          compareOne(older.chunk(olderChunk), newer.chunk(newerChunk));
        }
      }
      int added = newer.indexOf(olderUidNext);
      return new Found(
          UidSet.ofAscending(expunged.build().toArray()),
          changed.build().toArray(),
          added >= 0 ? added : -added - 1);
    }

    private boolean atSharedChunk() {
      return olderAt == 0 && newerAt == 0 && older.chunk(olderChunk) == newer.chunk(newerChunk);
    }

    private void compareOne(Chunk before, Chunk after) {
      long olderUid = before.uid(olderAt);
      long newerUid = after.uid(newerAt);
      if (olderUid < newerUid) {
        expunged.add(olderUid);
        stepOlder();
      } else if (olderUid > newerUid) {
        stepNewer();
      } else {
        if (before.modSeq(olderAt) != after.modSeq(newerAt)) {
          changed.add(newer.startOf(newerChunk) + newerAt);
        }
        stepOlder();
        stepNewer();
      }
    }

    private void stepOlder() {
      olderAt++;
      if (olderAt == older.chunk(olderChunk).size()) {
        olderAt = 0;
        olderChunk++;
      }
    }

    private void stepNewer() {
      newerAt++;
      if (newerAt == newer.chunk(newerChunk).size()) {
        newerAt = 0;
        newerChunk++;
      }
    }
  }

  private static final class Found implements Difference {
    private final UidSet expunged;
    private final int[] changedIndexes;
    private final int firstAdded;

    Found(UidSet expunged, int[] changedIndexes, int firstAdded) {
      this.expunged = expunged;
      this.changedIndexes = changedIndexes;
      this.firstAdded = firstAdded;
    }

    @Override
    public UidSet expunged() {
      return expunged;
    }

    @Override
    public int[] changedIndexes() {
      return changedIndexes.clone();
    }

    @Override
    public int firstAdded() {
      return firstAdded;
    }
  }
}
