package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Which bytes of a segment, as it was first written, its file still has: stretches of it, one
/// behind the other. So a record is found by the offset at which it was first written. Immutable.
///
/// On disk each is its start and its end (8 bytes each), and behind the last one stand "PHSX", how
/// many there are (4), where the first one begins (8), and the CRC-32C of all that (4).
final class Stretches {
  /// A segment that was never rewritten.
  static final Stretches ALL =
      new Stretches(
          new long[] {Segment.HEADER_BYTES},
          new long[] {Long.MAX_VALUE},
          new long[] {Segment.HEADER_BYTES});

  static final int FOOT_BYTES = 20;
  private static final int MAGIC = 0x50485358;
  private static final int BYTES_EACH = 2 * Long.BYTES;
  private static final int MEMORY_BYTES_EACH = 3 * Long.BYTES;

  private final long[] starts;
  private final long[] ends;
  private final long[] positions;

  private Stretches(long[] starts, long[] ends, long[] positions) {
    this.starts = starts;
    this.ends = ends;
    this.positions = positions;
  }

  /// Gathers stretches in the order of the file. Used by one thread.
  static final class Builder {
    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private long[] positions = new long[16];
    private int count;
    private long next = Segment.HEADER_BYTES;

    /// Behind the one before. Empty ones are left out; neighbours become one.
    void keep(long start, long end) {
      keepAt(next, start, end);
    }

    /// At a place in the file that is not before the end of the one before.
    void keepAt(long position, long start, long end) {
      if (start >= end) {
        return;
      }
      if (count > 0 && ends[count - 1] == start && next == position) {
        ends[count - 1] = end;
      } else {
        makeRoom();
        starts[count] = start;
        ends[count] = end;
        positions[count++] = position;
      }
      next = position + end - start;
    }

    private void makeRoom() {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
        positions = Arrays.copyOf(positions, 2 * count);
      }
    }

    Stretches build() {
      return new Stretches(
          Arrays.copyOf(starts, count),
          Arrays.copyOf(ends, count),
          Arrays.copyOf(positions, count));
    }
  }

  int count() {
    return starts.length;
  }

  long start(int index) {
    return starts[index];
  }

  long end(int index) {
    return ends[index];
  }

  /// Where in the file a stretch begins.
  long position(int index) {
    return positions[index];
  }

  /// Where in the file the byte is that was first written at `offset`; -1 when it is not there any
  /// more.
  long positionOf(long offset) {
    int found = Arrays.binarySearch(starts, offset);
    int index = found >= 0 ? found : -found - 2;
    return index >= 0 && offset < ends[index] ? positions[index] + offset - starts[index] : -1;
  }

  /// Whether every byte is where it was first written.
  boolean areInPlace() {
    return Arrays.equals(starts, positions);
  }

  /// How many bytes of records there are.
  long bytes() {
    long bytes = 0;
    for (int i = 0; i < starts.length; i++) {
      bytes += ends[i] - starts[i];
    }
    return bytes;
  }

  long memoryBytes() {
    return (long) MEMORY_BYTES_EACH * starts.length;
  }

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES_EACH * starts.length + FOOT_BYTES);
    for (int i = 0; i < starts.length; i++) {
      out.putLong(starts[i]).putLong(ends[i]);
    }
    out.putInt(MAGIC).putInt(starts.length).putLong(Segment.HEADER_BYTES + bytes());
    return out.putInt(checksum(out.duplicate().flip())).flip();
  }

  /// What stands at the end of the file. Throws when that is damaged.
  static Stretches read(DataFile file) throws IOException {
    long size = file.size();
    if (size < Segment.HEADER_BYTES + FOOT_BYTES) {
      throw damaged(file);
    }
    ByteBuffer foot = file.read(size - FOOT_BYTES, ByteBuffer.allocate(FOOT_BYTES));
    boolean begins = foot.getInt() == MAGIC;
    int count = foot.getInt();
    long at = foot.getLong();
    if (!begins || count < 0 || at != size - FOOT_BYTES - (long) count * BYTES_EACH) {
      throw damaged(file);
    }
    ByteBuffer all = file.read(at, ByteBuffer.allocate((int) (size - at)));
    int sum = checksum(all.slice(0, all.remaining() - Integer.BYTES));
    var found = new Builder();
    for (int i = 0; i < count; i++) {
      found.keep(all.getLong(), all.getLong());
    }
    if (foot.getInt() != sum) {
      throw damaged(file);
    }
    return found.build();
  }

  private static IOException damaged(DataFile file) {
    return new IOException("The index at the end of " + file.path() + " is damaged");
  }

  private static int checksum(ByteBuffer bytes) {
    var sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue();
  }
}
