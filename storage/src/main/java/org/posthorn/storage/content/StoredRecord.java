package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;

/// What is kept of a content beside its bytes, read from its place.
record StoredRecord(MessageStructure structure, RecordForm.Trailer trailer) {

  /// Throws [ContentMissing] for a place that the segment does not have (any more), and
  /// [ContentDamaged] where no whole record begins.
  static StoredRecord read(ContentId id, Segment segment, Place.InSegment place)
      throws IOException {
    long position = segment.positionOf(place.offset());
    if (position < 0) {
      throw new ContentMissing(id);
    }
    ByteBuffer head = segment.file().read(position, ByteBuffer.allocate(RecordForm.HEADER_BYTES));
    RecordForm.Header header =
        RecordForm.header(head, segment.salt())
            .filter(found -> found.place() == place.code())
            .orElseThrow(() -> new ContentDamaged(id, "its header is not right"));
    return end(
        id,
        segment.file(),
        position + RecordForm.HEADER_BYTES + header.contentBytes(),
        header.structureBytes(),
        segment.salt(),
        place,
        header.contentBytes());
  }

  static StoredRecord read(ContentId id, DataFile file, Place.OwnFile place) throws IOException {
    long trailerAt = file.size() - RecordForm.TRAILER_BYTES;
    if (trailerAt < RecordForm.HEADER_BYTES) {
      throw new ContentDamaged(id, "its file is too short");
    }
    int structureBytes =
        RecordForm.structureBytes(
            file.read(trailerAt, ByteBuffer.allocate(RecordForm.TRAILER_BYTES)));
    long contentBytes = trailerAt - structureBytes - RecordForm.HEADER_BYTES;
    if (structureBytes < 0 || contentBytes < 0) {
      throw new ContentDamaged(id, "its file does not end as it should");
    }
    return end(
        id, file, RecordForm.HEADER_BYTES + contentBytes, structureBytes, 0, place, contentBytes);
  }

  private static StoredRecord end(
      ContentId id,
      DataFile file,
      long position,
      int structureBytes,
      long salt,
      Place place,
      long contentBytes)
      throws IOException {
    ByteBuffer bytes;
    try {
      bytes = file.read(position, ByteBuffer.allocate(structureBytes + RecordForm.TRAILER_BYTES));
    } catch (EOFException _) {
      throw new ContentDamaged(id, "its file ends early");
    }
    byte[] structure = new byte[structureBytes];
    bytes.get(structure);
    Optional<RecordForm.Trailer> trailer =
        RecordForm.trailer(bytes, structure, salt)
            .filter(t -> t.place() == place.code() && t.contentBytes() == contentBytes);
    if (trailer.isEmpty()) {
      throw new ContentDamaged(id, "its end is not right");
    }
    return new StoredRecord(StructureCodec.decode(structure), trailer.get());
  }
}
