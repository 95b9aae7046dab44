package org.posthorn.storage.content;

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

  private final Segment segment;
  private final long size;
  private long windowAt;
  private ByteBuffer window = ByteBuffer.allocate(0);

  /// What a walk finds.
  sealed interface Step {
    /// A content that begins here; the trailer is absent when the record is not whole.
    record Content(Place.InSegment place, RecordForm.@Nullable Trailer trailer) implements Step {}

    /// Notes that stand here; none when the record is not whole.
    record Notes(Place.InSegment place, List<Note> notes) implements Step {}
  }

  /// What is done at each step.
  @FunctionalInterface
  interface Action {
    void step(Step step) throws IOException;
  }

  SegmentWalk(Segment segment) throws IOException {
    this.segment = segment;
    this.size = segment.file().size();
  }

  void forEach(Action action) throws IOException {
    long at = Segment.HEADER_BYTES;
    while (at + NoteForm.RECORD_BYTES_MIN <= size) {
      at += step(at, action);
    }
  }

  /// How far it is to where the next record may begin.
  private long step(long at, Action action) throws IOException {
    int here = look(at);
    if (RecordForm.mayBeHeader(window, here)) {
      return content(at, here, action);
    }
    return NoteForm.mayBeHeader(window, here) ? notes(at, here, action) : 1;
  }

  private long content(long at, int here, Action action) throws IOException {
    var place = new Place.InSegment(segment.number(), at);
    Optional<RecordForm.Header> header =
        window.limit() - here < RecordForm.HEADER_BYTES
            ? Optional.empty()
            : RecordForm.header(window.slice(here, RecordForm.HEADER_BYTES), segment.salt())
                .filter(found -> found.place() == place.code());
    if (header.isEmpty()) {
      return 1;
    }
    RecordForm.Trailer trailer = trailer(place);
    action.step(new Step.Content(place, trailer));
    return trailer == null ? 1 : recordBytes(header.get());
  }

  private long notes(long at, int here, Action action) throws IOException {
    var place = new Place.InSegment(segment.number(), at);
    OptionalInt bytes =
        NoteForm.bytesOf(window.slice(here, NoteForm.HEADER_BYTES), place.code(), segment.salt());
    if (bytes.isEmpty()) {
      return 1;
    }
    Optional<List<Note>> notes =
        at + bytes.getAsInt() > size
            ? Optional.empty()
            : NoteForm.notes(
                segment.file().read(at, ByteBuffer.allocate(bytes.getAsInt())), segment.salt());
    action.step(new Step.Notes(place, notes.orElse(List.of())));
    return notes.isEmpty() ? 1 : bytes.getAsInt();
  }

  private static long recordBytes(RecordForm.Header header) {
    return RecordForm.HEADER_BYTES
        + header.contentBytes()
        + header.structureBytes()
        + RecordForm.TRAILER_BYTES;
  }

  /// Makes the window reach from `at` over a header, where the segment does. Returns where `at` is
  /// in it.
  private int look(long at) throws IOException {
    boolean reaches =
        at >= windowAt && Math.min(at + RecordForm.HEADER_BYTES, size) <= windowAt + window.limit();
    if (!reaches) {
      windowAt = at;
      window =
          segment.file().read(at, ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, size - at)));
    }
    return (int) (at - windowAt);
  }

  private RecordForm.@Nullable Trailer trailer(Place.InSegment place) throws IOException {
    try {
      return StoredRecord.read(place.id(), segment, place).trailer();
    } catch (ContentDamaged _) {
      return null;
    }
  }
}
