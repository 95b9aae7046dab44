package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Finds the records of a segment from the segment alone: from header to header, and behind one
/// that is not whole (a write that a crash cut short, or damage) byte by byte until the next one.
/// Used by one thread.
final class SegmentWalk {
  private static final int WINDOW_BYTES = 64 << 10;

  /// What a disk cannot read it tells of so many bytes at once.
  private static final int BLOCK_BYTES = 4 << 10;

  private final Segment segment;
  private final Trouble trouble;
  private final long size;

  /// Of the stretch that is walked, or of the whole file: where it ends, and how far from there it
  /// is in the file.
  private long end;

  private long moved;

  private long windowAt;
  private ByteBuffer window = ByteBuffer.allocate(0);

  /// What a walk finds; `bytes` long.
  sealed interface Step {
    /// A content that begins here; the trailer is absent when the record is not whole.
    record Content(Place.InSegment place, long bytes, RecordForm.@Nullable Trailer trailer)
        implements Step {}

    /// Notes that stand here; none when the record is not whole.
    record Notes(Place.InSegment place, long bytes, List<Note> notes) implements Step {}
  }

  /// What is done at each step.
  @FunctionalInterface
  interface Action {
    void step(Step step) throws IOException;
  }

  /// Told of bytes that the disk cannot read, perhaps of the same ones more than once: throws, or
  /// the walk goes on behind them.
  @FunctionalInterface
  interface Trouble {
    void unreadable(IOException why) throws IOException;
  }

  /// Ends where something cannot be read.
  SegmentWalk(Segment segment) throws IOException {
    this(
        segment,
        why -> {
          throw why;
        });
  }

  SegmentWalk(Segment segment, Trouble trouble) throws IOException {
    this.segment = segment;
    this.trouble = trouble;
    this.size = segment.file().size();
    this.end = size;
  }

  void forEach(Action action) throws IOException {
    for (int i = 0; i < segment.stretches().count(); i++) {
      forEachOf(i, action);
    }
  }

  /// The records of one stretch.
  void forEachOf(int stretch, Action action) throws IOException {
    long at = segment.stretches().start(stretch);
    end = endOf(stretch);
    moved = segment.stretches().position(stretch) - at;
    while (at + NoteForm.RECORD_BYTES_MIN <= end) {
      at += step(at, action);
    }
  }

  /// Where a stretch ends, also when it is the whole of a file.
  long endOf(int stretch) {
    long start = segment.stretches().start(stretch);
    long inFile = size - segment.stretches().position(stretch);
    return Math.min(segment.stretches().end(stretch), start + inFile);
  }

  /// Which stretches of the first file are in this one, as its records say.
  static Stretches stretchesOf(Segment rewritten, Trouble trouble) throws IOException {
    var walk = new SegmentWalk(rewritten, trouble);
    var found = new Stretches.Builder();
    long position = Segment.HEADER_BYTES;
    while (position + NoteForm.RECORD_BYTES_MIN <= walk.size) {
      int here = walk.look(position);
      long code = walk.window.getLong(here + Long.BYTES);
      long bytes = code >>> Integer.SIZE == rewritten.number() ? walk.recordBytes(here, code) : 0;
      long offset = code & 0xFFFF_FFFFL;
      found.keepAt(position, offset, offset + bytes);
      position += Math.max(1, bytes);
    }
    return found.build();
  }

  /// The header of a content that may begin at a position of the file, with room for one: its
  /// checksum is not looked at.
  Optional<ByteBuffer> mayBegin(long position) throws IOException {
    int here = look(position);
    boolean may =
        RecordForm.mayBeHeader(window, here)
            && window.getLong(here + Long.BYTES) >>> Integer.SIZE == segment.number();
    return may ? Optional.of(window.slice(here, RecordForm.HEADER_BYTES)) : Optional.empty();
  }

  /// Of a record whose header is in the window at `here` and says that its place is `code`; 0 when
  /// there is none. Both kinds have their place at the same distance.
  private long recordBytes(int here, long code) {
    if (RecordForm.mayBeHeader(window, here)) {
      return contentHeader(here, code).map(RecordForm.Header::recordBytes).orElse(0L);
    }
    return NoteForm.mayBeHeader(window, here) ? notesBytes(here, code).orElse(0) : 0;
  }

  /// How far it is to where the next record may begin.
  private long step(long at, Action action) throws IOException {
    int here = look(at + moved);
    if (RecordForm.mayBeHeader(window, here)) {
      return content(at, here, action);
    }
    return NoteForm.mayBeHeader(window, here) ? notes(at, here, action) : 1;
  }

  private long content(long at, int here, Action action) throws IOException {
    var place = new Place.InSegment(segment.number(), at);
    Optional<RecordForm.Header> header = contentHeader(here, place.code());
    if (header.isEmpty()) {
      return 1;
    }
    long bytes = header.get().recordBytes();
    RecordForm.Trailer trailer = trailer(place);
    action.step(new Step.Content(place, bytes, trailer));
    return trailer == null ? 1 : bytes;
  }

  private Optional<RecordForm.Header> contentHeader(int here, long code) {
    return window.limit() - here < RecordForm.HEADER_BYTES
        ? Optional.empty()
        : RecordForm.header(window.slice(here, RecordForm.HEADER_BYTES), segment.salt())
            .filter(found -> found.place() == code);
  }

  private long notes(long at, int here, Action action) throws IOException {
    var place = new Place.InSegment(segment.number(), at);
    OptionalInt bytes = notesBytes(here, place.code());
    if (bytes.isEmpty()) {
      return 1;
    }
    Optional<List<Note>> notes =
        at + bytes.getAsInt() > end
            ? Optional.empty()
            : NoteForm.notes(read(at + moved, bytes.getAsInt()), segment.salt());
    action.step(new Step.Notes(place, bytes.getAsInt(), notes.orElse(List.of())));
    return notes.isEmpty() ? 1 : bytes.getAsInt();
  }

  private OptionalInt notesBytes(int here, long code) {
    return NoteForm.bytesOf(window.slice(here, NoteForm.HEADER_BYTES), code, segment.salt());
  }

  /// Makes the window reach from a position in the file over a header, where the stretch does.
  /// Returns where the position is in it.
  private int look(long position) throws IOException {
    long endPosition = end + moved;
    boolean reaches =
        position >= windowAt
            && Math.min(position + RecordForm.HEADER_BYTES, endPosition)
                <= windowAt + window.limit();
    if (!reaches) {
      windowAt = position;
      int bytes = (int) Math.min(WINDOW_BYTES, endPosition - position);
      window = read(position, bytes);
    }
    return (int) (position - windowAt);
  }

  private ByteBuffer read(long position, int bytes) throws IOException {
    try {
      return segment.file().read(position, ByteBuffer.allocate(bytes));
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      trouble.unreadable(e);
      return inBlocks(position, bytes);
    }
  }

  /// With zeroes for what cannot be read: no record begins with them.
  private ByteBuffer inBlocks(long position, int bytes) {
    var all = ByteBuffer.allocate(bytes);
    int at = 0;
    while (at < bytes) {
      int count = (int) Math.min(bytes - at, BLOCK_BYTES - (position + at) % BLOCK_BYTES);
      try {
        all.put(at, segment.file().read(position + at, ByteBuffer.allocate(count)), 0, count);
      } catch (IOException _) {
        // Zeroes, then.
      }
      at += count;
    }
    return all;
  }

  private RecordForm.@Nullable Trailer trailer(Place.InSegment place) throws IOException {
    try {
      return StoredRecord.read(place.id(), segment, place).trailer();
    } catch (ContentDamaged _) {
      return null;
    } catch (IOException e) {
      trouble.unreadable(e);
      return null;
    }
  }
}
