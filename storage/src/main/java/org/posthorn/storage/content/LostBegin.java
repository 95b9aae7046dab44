package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.posthorn.storage.system.SystemErrors;

/// What the first bytes of a segment said where they are damaged, or the disk cannot read them: its
/// salt, and whether it was rewritten. Its records tell both, so that no message is lost but those
/// that were hit.
///
/// The salt is the first that goes into each checksum, and of what went before CRC-32C keeps 32
/// bits: counted back from the checksum of a header, these give a salt that does the same as the
/// one that was drawn. One that somebody chose in bytes of a message that look like a record has
/// fewer bytes of the file than the one by which that message is a record: a record counts with its
/// content, so it cannot begin in one message and end in another. Used by one thread.
final class LostBegin {
  private static final int REFLECTED_POLYNOMIAL = 0x82F63B78;
  private static final int HEADER_SUM_AT = RecordForm.HEADER_BYTES - Integer.BYTES;

  /// The register after a byte, and by its upper byte the index that was used for that.
  private static final int[] STEPS = new int[256];

  private static final int[] INDICES = new int[256];

  static {
    for (int i = 0; i < STEPS.length; i++) {
      int register = i;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        register = (register >>> 1) ^ ((register & 1) == 0 ? 0 : REFLECTED_POLYNOMIAL);
      }
      STEPS[i] = register;
      INDICES[register >>> 24] = i;
    }
  }

  /// So many are counted at the same time: of more only the best goes on.
  private static final int SALTS_MAX = 10_000;

  /// No record in a segment has more than that behind its content.
  private static final int END_BYTES_MAX = 2 << 20;

  private final int number;
  private final DataFile file;
  private final long size;
  private final AtomicBoolean unreadable;

  private LostBegin(int number, DataFile file, boolean unreadable) throws IOException {
    this.number = number;
    this.file = file;
    this.size = file.size();
    this.unreadable = new AtomicBoolean(unreadable);
  }

  /// Whether it is the begin that is not right, so that the rest may be.
  static boolean is(IOException e) {
    return e instanceof Segment.Damaged
        || SystemErrors.areUnreadable(String.valueOf(e.getMessage()));
  }

  /// Goes on behind what the disk cannot read, and notes it.
  static SegmentWalk.Trouble noting(AtomicBoolean unreadable) {
    return why -> {
      if (!SystemErrors.areUnreadable(String.valueOf(why.getMessage()))) {
        throw why;
      }
      unreadable.set(true);
    };
  }

  /// The segment; empty when no record of it can be told. `unreadable`: the disk could not read the
  /// begin.
  static Optional<Segment> find(int number, DataFile file, boolean unreadable) throws IOException {
    return new LostBegin(number, file, unreadable).find();
  }

  /// The segment when its salt is known, perhaps without any record.
  static Segment find(int number, DataFile file, boolean unreadable, long salt) throws IOException {
    var lost = new LostBegin(number, file, unreadable);
    return lost.segment(salt, lost.records(salt));
  }

  private Optional<Segment> find() throws IOException {
    long salt = salt();
    return salt < 0 ? Optional.empty() : Optional.of(segment(salt, records(salt)));
  }

  /// The one that has most bytes of records that begin and end as they should: a header alone may
  /// claim anything. -1 when there is none.
  private long salt() throws IOException {
    var walk = new SegmentWalk(bare(0), noting(unreadable));
    Map<Long, Long> whole = new HashMap<>();
    long best = -1;
    long most = 0;
    long position = Segment.HEADER_BYTES;
    while (position + RecordForm.HEADER_BYTES <= size && most <= size / 2) {
      Optional<ByteBuffer> header = walk.mayBegin(position);
      long bytes = 0;
      if (header.isPresent()) {
        long salt = saltOf(header.get());
        bytes = recordBytes(position, header.get(), salt);
        if (bytes > 0 && whole.merge(salt, bytes, Long::sum) > most) {
          best = salt;
          most = whole.getOrDefault(salt, bytes);
        }
        if (whole.size() > SALTS_MAX) {
          whole.clear();
          whole.put(best, most);
        }
      }
      position += Math.max(1, bytes);
    }
    return best;
  }

  private Segment bare(long salt) {
    return new Segment(number, salt, file, Stretches.ALL, Segment.Condition.of(unreadable.get()));
  }

  private Stretches records(long salt) throws IOException {
    return SegmentWalk.stretchesOf(bare(salt), noting(unreadable));
  }

  private Segment segment(long salt, Stretches records) {
    return new Segment(
        number, salt, file, stretches(records), Segment.Condition.of(unreadable.get()));
  }

  /// Only one that was rewritten has an index at its end, or records that are not at the place that
  /// they have by their own account.
  private Stretches stretches(Stretches records) {
    try {
      return Stretches.read(file);
    } catch (IOException _) {
      return records.areInPlace() ? Stretches.ALL : records;
    }
  }

  /// 0 when no whole record begins there: not when its content is not the one that was written.
  private long recordBytes(long position, ByteBuffer header, long salt) throws IOException {
    Optional<RecordForm.Header> read = RecordForm.header(header.duplicate(), salt);
    long bytes = read.map(RecordForm.Header::recordBytes).orElse(0L);
    int endBytes = read.map(RecordForm.Header::endBytes).orElse(0);
    if (bytes < RecordForm.HEADER_BYTES || bytes > size - position || endBytes > END_BYTES_MAX) {
      return 0;
    }
    var place = new Place.InSegment(number, read.orElseThrow().place() & 0xFFFF_FFFFL);
    var only = new Stretches.Builder();
    only.keepAt(position, place.offset(), place.offset() + bytes);
    var segment =
        new Segment(number, salt, file, only.build(), Segment.Condition.of(unreadable.get()));
    try {
      StoredRecord found = StoredRecord.read(place.id(), segment, place);
      return found.hasContentAt(position, file) ? bytes : 0;
    } catch (ContentDamaged _) {
      return 0;
    } catch (IOException e) {
      if (!SystemErrors.areUnreadable(String.valueOf(e.getMessage()))) {
        throw e;
      }
      return 0;
    }
  }

  /// One with which the checksum of this header is right.
  static long saltOf(ByteBuffer header) {
    int start = header.position();
    int register = ~header.getInt(start + HEADER_SUM_AT);
    for (int i = HEADER_SUM_AT - 1; i >= 0; i--) {
      register = before(register, header.get(start + i));
    }
    // Four bytes of zero, and then what makes the register what it was.
    int behindZeroes = -1;
    for (int i = 0; i < Integer.BYTES; i++) {
      behindZeroes = (behindZeroes >>> Byte.SIZE) ^ STEPS[behindZeroes & 0xFF];
      register = before(register, (byte) 0);
    }
    return Integer.toUnsignedLong(Integer.reverseBytes(behindZeroes ^ register));
  }

  /// The register before this byte.
  private static int before(int register, byte read) {
    int index = INDICES[register >>> 24];
    return ((register ^ STEPS[index]) << Byte.SIZE) | ((index ^ read) & 0xFF);
  }
}
