package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/// All placements of a mailbox as of one version: a list of [Chunk]s. Immutable. A changed one
/// shares the chunks that did not change, so one flag among 100,000 messages costs one chunk and
/// this list.
final class Spine {
  static final Spine EMPTY = new Spine(new Chunk[0]);

  /// Neighbours that are smaller than this together become one chunk.
  private static final int JOIN_MAX = Chunk.MAX / 2;

  private final Chunk[] chunks;

  /// The index of each chunk's first message; one more at the end: the number of all.
  private final int[] starts;

  /// Of the arrays of all chunks.
  private final long chunkBytes;

  private Spine(Chunk[] chunks) {
    this.chunks = chunks;
    this.starts = new int[chunks.length + 1];
    long bytes = 0;
    for (int i = 0; i < chunks.length; i++) {
      starts[i + 1] = starts[i] + chunks[i].size();
      bytes += chunks[i].memoryBytes();
    }
    this.chunkBytes = bytes;
  }

  private Spine(Chunk[] chunks, int[] starts, long chunkBytes) {
    this.chunks = chunks;
    this.starts = starts;
    this.chunkBytes = chunkBytes;
  }

  /// Gathers a mailbox that is read, in UID order. Used by one thread.
  static final class Builder {
    private final List<Chunk> chunks = new ArrayList<>();
    private final List<Placement> gathered = new ArrayList<>(Chunk.MAX);
    private long checksum;

    void add(Placement placement) {
      gathered.add(placement);
      checksum += placement.checksum();
      if (gathered.size() == Chunk.MAX) {
        cut();
      }
    }

    private void cut() {
      chunks.add(Chunk.of(gathered));
      gathered.clear();
    }

    long checksum() {
      return checksum;
    }

    Spine build() {
      if (!gathered.isEmpty()) {
        cut();
      }
      return new Spine(chunks.toArray(Chunk[]::new));
    }
  }

  int size() {
    return starts[chunks.length];
  }

  long memoryBytes() {
    return 100 + 12L * chunks.length + chunkBytes;
  }

  int chunkCount() {
    return chunks.length;
  }

  Chunk chunk(int number) {
    return chunks[number];
  }

  /// The number of the chunk that holds the message at `index`.
  int chunkOf(int index) {
    if (index < 0 || index >= size()) {
      throw new IndexOutOfBoundsException("Message " + index + " of " + size());
    }
    int found = Arrays.binarySearch(starts, index);
    return found >= 0 ? found : -found - 2;
  }

  int startOf(int chunk) {
    return starts[chunk];
  }

  Placement placement(int index) {
    int chunk = chunkOf(index);
    return chunks[chunk].placement(index - starts[chunk]);
  }

  long uid(int index) {
    int chunk = chunkOf(index);
    return chunks[chunk].uid(index - starts[chunk]);
  }

  /// 0 when there is none.
  long lastUid() {
    return chunks.length == 0
        ? 0
        : chunks[chunks.length - 1].uid(chunks[chunks.length - 1].size() - 1);
  }

  /// As [MailboxView#indexOf].
  int indexOf(long uid) {
    int low = 0;
    int high = chunks.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (chunks[middle].uid(0) <= uid) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return -1;
    }
    int inside = chunks[high].indexOf(uid);
    return inside >= 0 ? starts[high] + inside : inside - starts[high];
  }

  /// The indexes of those of `uids` that are here, ascending.
  int[] indexesOf(UidSet uids) {
    var found = new int[Math.min(uids.size(), size())];
    int count = 0;
    for (int i = 0; i < uids.size() && count < found.length; i++) {
      int index = indexOf(uids.at(i));
      if (index >= 0) {
        found[count++] = index;
      }
    }
    return Arrays.copyOf(found, count);
  }

  Spine appended(Collection<Placement> placements) {
    var tail = new ArrayList<Chunk>();
    int kept = chunks.length;
    if (kept > 0 && !chunks[kept - 1].isFull()) {
      tail.add(chunks[--kept]);
    }
    long bytes = chunkBytes - (tail.isEmpty() ? 0 : tail.getFirst().memoryBytes());
    for (Placement placement : placements) {
      if (tail.isEmpty() || tail.getLast().isFull()) {
        tail.add(Chunk.withRoom(0).appended(placement));
      } else {
        tail.set(tail.size() - 1, tail.getLast().appended(placement));
      }
    }
    return withTail(kept, tail, bytes);
  }

  /// The first `kept` chunks, which are not looked at, and then `tail`.
  private Spine withTail(int kept, List<Chunk> tail, long keptBytes) {
    Chunk[] next = Arrays.copyOf(chunks, kept + tail.size());
    int[] nextStarts = Arrays.copyOf(starts, kept + tail.size() + 1);
    long bytes = keptBytes;
    for (int i = 0; i < tail.size(); i++) {
      next[kept + i] = tail.get(i);
      nextStarts[kept + i + 1] = nextStarts[kept + i] + tail.get(i).size();
      bytes += tail.get(i).memoryBytes();
    }
    return new Spine(next, nextStarts, bytes);
  }

  /// With other flags at `indexes`, which are ascending.
  Spine withFlags(int[] indexes, Flags[] flags, long modSeq) {
    Chunk[] next = chunks.clone();
    for (int from = 0; from < indexes.length; ) {
      int chunk = chunkOf(indexes[from]);
      int to = endWithin(chunk, indexes, from);
      next[chunk] = chunks[chunk].withFlags(starts[chunk], indexes, flags, from, to, modSeq);
      from = to;
    }
    return new Spine(next, starts, chunkBytes);
  }

  /// Without the messages at `indexes`, which are ascending.
  Spine without(int[] indexes) {
    var next = new ArrayList<Chunk>(chunks.length);
    int from = 0;
    boolean joinable = false;
    for (int i = 0; i < chunks.length; i++) {
      int to = endWithin(i, indexes, from);
      boolean touched = to > from;
      Chunk left = touched ? chunks[i].without(starts[i], indexes, from, to) : chunks[i];
      from = to;
      if (left.size() == 0) {
        continue;
      }
      if ((touched || joinable)
          && !next.isEmpty()
          && next.getLast().size() + left.size() <= JOIN_MAX) {
        left = next.removeLast().joined(left);
        touched = true;
      }
      next.add(left);
      joinable = touched;
    }
    return new Spine(next.toArray(Chunk[]::new));
  }

  /// Where the part of `indexes` that lies in a chunk ends.
  private int endWithin(int chunk, int[] indexes, int from) {
    int to = from;
    while (to < indexes.length && indexes[to] < starts[chunk + 1]) {
      to++;
    }
    return to;
  }
}
