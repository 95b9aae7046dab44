package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
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

  /// A record that begins here; the trailer is absent when the record is not whole.
  record Step(Place.InSegment place, RecordForm.@Nullable Trailer trailer) {}

  SegmentWalk(Segment segment) throws IOException {
    this.segment = segment;
    this.size = segment.file().size();
  }

  void forEach(Consumer<Step> action) throws IOException {
    long at = Segment.HEADER_BYTES;
    while (at + RecordForm.HEADER_BYTES + RecordForm.TRAILER_BYTES <= size) {
      Optional<RecordForm.Header> header = header(at);
      if (header.isEmpty()) {
        at++;
        continue;
      }
      var place = new Place.InSegment(segment.number(), at);
      RecordForm.Trailer trailer = trailer(place);
      action.accept(new Step(place, trailer));
      at += trailer == null ? 1 : recordBytes(header.get());
    }
  }

  private static long recordBytes(RecordForm.Header header) {
    return RecordForm.HEADER_BYTES
        + header.contentBytes()
        + header.structureBytes()
        + RecordForm.TRAILER_BYTES;
  }

  private Optional<RecordForm.Header> header(long at) throws IOException {
    if (at < windowAt || at + RecordForm.HEADER_BYTES > windowAt + window.limit()) {
      windowAt = at;
      window =
          segment.file().read(at, ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, size - at)));
    }
    int here = (int) (at - windowAt);
    if (!RecordForm.mayBeHeader(window, here)) {
      return Optional.empty();
    }
    long place = new Place.InSegment(segment.number(), at).code();
    return RecordForm.header(window.slice(here, RecordForm.HEADER_BYTES), segment.salt())
        .filter(found -> found.place() == place);
  }

  private RecordForm.@Nullable Trailer trailer(Place.InSegment place) throws IOException {
    try {
      return StoredRecord.read(place.id(), segment, place).trailer();
    } catch (ContentDamaged _) {
      return null;
    }
  }
}
