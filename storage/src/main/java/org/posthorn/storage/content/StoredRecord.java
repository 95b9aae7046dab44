package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.StorageUnavailable;

/// What is kept of a content beside its bytes, read from its place. Immutable.
final class StoredRecord {
  /// So much of a record is read at once: most messages are all in it when they are compressed.
  private static final int FIRST_PIECE_BYTES = 8 << 10;

  private static final int CHECKED_PIECE_BYTES = 64 << 10;

  private final RecordForm.Trailer trailer;
  private final BlockCodec.Beside structure;
  private final Optional<ByteBuffer> content;

  /// `structure` as it stands on disk.
  StoredRecord(RecordForm.Trailer trailer, byte[] structure, boolean structureCompressed) {
    this.trailer = trailer;
    this.structure =
        new BlockCodec.Beside(
            ByteBuffer.wrap(structure), trailer.structureBytes(), structureCompressed);
    this.content = Optional.empty();
  }

  private StoredRecord(StoredRecord record, Optional<ByteBuffer> content) {
    this.trailer = record.trailer;
    this.structure = record.structure;
    this.content = content;
  }

  /// As it may be kept in memory.
  StoredRecord withoutContent() {
    return content.isEmpty() ? this : new StoredRecord(this, Optional.empty());
  }

  /// Throws [ContentMissing] for a place that the segment does not have (any more), and
  /// [ContentDamaged] where no whole record begins.
  static StoredRecord read(ContentId id, Segment segment, Place.InSegment place)
      throws IOException {
    long position = segment.positionOf(place.offset());
    if (position < 0) {
      throw new ContentMissing(id);
    }
    ByteBuffer piece =
        segment
            .file()
            .readSome(position, ByteBuffer.allocate(FIRST_PIECE_BYTES), RecordForm.HEADER_BYTES);
    if (piece.remaining() < RecordForm.HEADER_BYTES) {
      throw new ContentDamaged(id, "its file ends early");
    }
    RecordForm.Header header =
        RecordForm.header(piece.duplicate(), segment.salt())
            .filter(found -> found.place() == place.code())
            .orElseThrow(() -> new ContentDamaged(id, "its header is not right"));
    boolean whole = header.recordBytes() <= piece.remaining();
    long contentBytes = header.recordBytes() - header.endBytes() - RecordForm.HEADER_BYTES;
    long endAt = RecordForm.HEADER_BYTES + contentBytes;
    ByteBuffer end =
        whole && contentBytes >= 0
            ? piece.slice((int) endAt, header.endBytes())
            : end(id, segment.file(), position + endAt, header.endBytes());
    StoredRecord found =
        RecordForm.end(header.form(), end, segment.salt())
            .filter(record -> record.trailer.place() == place.code())
            .filter(record -> record.storedBytes() == contentBytes)
            .orElseThrow(() -> new ContentDamaged(id, "its end is not right"));
    return whole
        ? new StoredRecord(
            found, Optional.of(piece.slice(RecordForm.HEADER_BYTES, (int) contentBytes)))
        : found;
  }

  static StoredRecord read(ContentId id, DataFile file, Place.OwnFile place) throws IOException {
    long size = file.size();
    if (size < RecordForm.HEADER_BYTES + FirstForm.TRAILER_BYTES) {
      throw new ContentDamaged(id, "its file is too short");
    }
    ByteBuffer head = file.read(0, ByteBuffer.allocate(RecordForm.HEADER_BYTES));
    int form =
        RecordForm.header(head, 0)
            .map(RecordForm.Header::form)
            .orElseThrow(() -> new ContentDamaged(id, "its header is not right"));
    int trailerBytes = RecordForm.trailerBytes(form);
    long endBytes = RecordForm.endBytesOf(form, end(id, file, size - trailerBytes, trailerBytes));
    long contentBytes = size - endBytes - RecordForm.HEADER_BYTES;
    if (endBytes < trailerBytes || endBytes > Integer.MAX_VALUE || contentBytes < 0) {
      throw new ContentDamaged(id, "its file does not end as it should");
    }
    return RecordForm.end(form, end(id, file, size - endBytes, (int) endBytes), 0)
        .filter(record -> record.trailer.place() == place.code())
        .filter(record -> record.storedBytes() == contentBytes)
        .orElseThrow(() -> new ContentDamaged(id, "its end is not right"));
  }

  /// The bytes of the content as they stand on disk, where they were read with the rest.
  Optional<ByteBuffer> content() {
    return content;
  }

  RecordForm.Trailer trailer() {
    return trailer;
  }

  /// Where an older program may have left something out, it is read from `bytes` of the content.
  MessageStructure structure(ContentId id, BlockCodec codec, Supplier<InputStream> bytes)
      throws ContentDamaged {
    byte[] encoded = codec.decodeBeside(id, key(id, trailer.layout()), structure);
    MessageStructure decoded = StructureCodec.decode(encoded);
    if (StructureCodec.mayLack(encoded, decoded)) {
      try (InputStream in = bytes.get()) {
        return StructureScanner.scan(in);
      } catch (IOException | UncheckedIOException _) {
        // It is damaged: what was kept of it is all that is known.
      } catch (StorageUnavailable e) {
        if (!e.isUnreadable()) {
          throw e;
        }
      }
    }
    return decoded;
  }

  /// What opens a content of this layout. Throws when the id should have it and has not.
  static Optional<ContentKey> key(ContentId id, RecordForm.Layout layout) throws ContentDamaged {
    if (layout instanceof RecordForm.Layout.InBlocks(_, boolean encrypted) && encrypted) {
      return Optional.of(
          ContentKey.of(id)
              .orElseThrow(
                  () -> new ContentDamaged(id, "it is encrypted, and its key is not here")));
    }
    return Optional.empty();
  }

  /// Whether the content of the record that begins there is what was written, as it is stored.
  boolean hasContentAt(long position, DataFile file) throws IOException {
    long at = position + RecordForm.HEADER_BYTES;
    return switch (trailer.layout()) {
      case RecordForm.Layout.Whole(int crc) -> crcOf(file, at, trailer.contentBytes()) == crc;
      case RecordForm.Layout.InBlocks(Blocks blocks, _) -> {
        boolean right = true;
        for (int block = 0; right && block < blocks.count(); block++) {
          int bytes = blocks.storedBytes(block);
          right = crcOf(file, at, bytes) == blocks.crc(block);
          at += bytes;
        }
        yield right;
      }
    };
  }

  private static int crcOf(DataFile file, long position, long bytes) throws IOException {
    var crc = new CRC32C();
    for (long done = 0; done < bytes; done += CHECKED_PIECE_BYTES) {
      int count = (int) Math.min(CHECKED_PIECE_BYTES, bytes - done);
      crc.update(file.read(position + done, ByteBuffer.allocate(count)));
    }
    return (int) crc.getValue();
  }

  /// Of the content, as it stands on disk.
  private long storedBytes() {
    return switch (trailer.layout()) {
      case RecordForm.Layout.Whole _ -> trailer.contentBytes();
      case RecordForm.Layout.InBlocks(Blocks blocks, _) -> blocks.allStoredBytes();
    };
  }

  private static ByteBuffer end(ContentId id, DataFile file, long position, int bytes)
      throws IOException {
    if (bytes < 0 || position < 0 || !file.reaches(position + bytes)) {
      throw new ContentDamaged(id, "its file ends early");
    }
    try {
      return file.read(position, ByteBuffer.allocate(bytes));
    } catch (EOFException _) {
      throw new ContentDamaged(id, "its file ends early");
    }
  }
}
