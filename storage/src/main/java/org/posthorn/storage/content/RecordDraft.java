package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;

/// A content as it is to stand on disk, before its place is known. Used by one thread.
final class RecordDraft {
  private final BlockCodec codec;
  private final Optional<ContentKey> key;
  private final int blockBytes;
  private final BlockWriter blocks;
  private byte[] bytes;
  private int end = RecordForm.HEADER_BYTES;

  /// What comes behind the content.
  record End(
      MessageStructure structure,
      BlockCodec.Beside beside,
      String sha256,
      long contentBytes,
      RecordForm.Layout.InBlocks layout) {

    int bytes() {
      return RecordForm.endBytes(beside.stored().remaining(), layout.blocks());
    }

    /// For a file of its own.
    ByteBuffer bytes(RecordForm.Trailer trailer) {
      ByteBuffer all = ByteBuffer.allocate(bytes());
      RecordForm.putEnd(all, trailer, layout, beside, 0);
      return all.flip();
    }

    RecordForm.Trailer trailer(Place place, long receivedMillis) {
      return new RecordForm.Trailer(
          place.code(),
          contentBytes,
          beside.plainBytes(),
          receivedMillis,
          layout.encrypted() ? "" : sha256,
          layout);
    }
  }

  /// There will be about `expectedBytes` of content. With a `key` it is encrypted.
  RecordDraft(BlockCodec codec, Optional<ContentKey> key, int blockBytes, int expectedBytes) {
    this.codec = codec;
    this.key = key;
    this.blockBytes = blockBytes;
    this.blocks = new BlockWriter(codec, key);
    this.bytes = new byte[RecordForm.HEADER_BYTES + BlockCodec.roomFor(expectedBytes) + 1_000];
  }

  void addBlock(byte[] content, int offset, int length) {
    makeRoom(BlockCodec.roomFor(length));
    end += blocks.add(content, offset, length, bytes, end);
  }

  /// The bytes of what was added since the last time; for whoever writes piece by piece.
  ByteBuffer takeBytes() {
    ByteBuffer taken = ByteBuffer.wrap(bytes, 0, end);
    end = 0;
    return taken;
  }

  /// The header of a content whose length is not known yet is the first thing that is taken.
  void begin(Place place) {
    RecordForm.putHeader(ByteBuffer.wrap(bytes), place.code(), 0, 0, 0);
  }

  End end(MessageStructure structure, String sha256, long contentBytes) {
    return new End(
        structure,
        codec.encodeBeside(key, StructureCodec.encode(structure)),
        sha256,
        contentBytes,
        new RecordForm.Layout.InBlocks(blocks.blocks(blockBytes, contentBytes), key.isPresent()));
  }

  /// The id of the content at its place: with its key, when it has one.
  ContentId id(Place place) {
    return key.map(one -> one.with(place)).orElse(place.id());
  }

  /// The whole record with this end has so many bytes.
  int bytes(End last) {
    return end + last.bytes();
  }

  ByteBuffer record(Place place, long salt, End last, RecordForm.Trailer trailer) {
    int recordBytes = bytes(last);
    makeRoom(last.bytes());
    ByteBuffer record = ByteBuffer.wrap(bytes, 0, recordBytes);
    RecordForm.putHeader(record, place.code(), recordBytes, last.bytes(), salt);
    RecordForm.putEnd(record.position(end), trailer, last.layout, last.beside, salt);
    return record.flip();
  }

  private void makeRoom(int more) {
    if (bytes.length - end < more) {
      bytes = Arrays.copyOf(bytes, Math.max(end + more, bytes.length + bytes.length / 2));
    }
  }
}
