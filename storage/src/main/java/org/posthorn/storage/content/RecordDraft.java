package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;

/// A content as it is to stand on disk, before its place is known. Used by one thread.
final class RecordDraft {
  private final BlockCodec codec;
  private final int blockBytes;
  private final Blocks.Builder blocks = new Blocks.Builder();
  private byte[] bytes;
  private int end = RecordForm.HEADER_BYTES;

  /// What comes behind the content.
  record End(
      MessageStructure structure,
      int structureBytes,
      ByteBuffer stored,
      String sha256,
      long contentBytes,
      Blocks blocks) {

    int bytes() {
      return RecordForm.endBytes(stored.remaining(), blocks);
    }

    /// For a file of its own.
    ByteBuffer bytes(RecordForm.Trailer trailer) {
      ByteBuffer all = ByteBuffer.allocate(bytes());
      RecordForm.putEnd(all, trailer, blocks, stored, 0);
      return all.flip();
    }

    RecordForm.Trailer trailer(Place place, long receivedMillis) {
      return new RecordForm.Trailer(
          place.code(),
          contentBytes,
          structureBytes,
          receivedMillis,
          sha256,
          new RecordForm.Layout.InBlocks(blocks));
    }
  }

  /// There will be about `expectedBytes` of content.
  RecordDraft(BlockCodec codec, int blockBytes, int expectedBytes) {
    this.codec = codec;
    this.blockBytes = blockBytes;
    this.bytes = new byte[RecordForm.HEADER_BYTES + BlockCodec.roomFor(expectedBytes) + 1_000];
  }

  void addBlock(byte[] content, int offset, int length) {
    makeRoom(BlockCodec.roomFor(length));
    end += codec.encode(content, offset, length, bytes, end, blocks);
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
    byte[] encoded = StructureCodec.encode(structure);
    return new End(
        structure,
        encoded.length,
        ByteBuffer.wrap(codec.encode(encoded)),
        sha256,
        contentBytes,
        blocks.build(blockBytes, contentBytes));
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
    RecordForm.putEnd(record.position(end), trailer, last.blocks, last.stored, salt);
    return record.flip();
  }

  private void makeRoom(int more) {
    if (bytes.length - end < more) {
      bytes = Arrays.copyOf(bytes, Math.max(end + more, bytes.length + bytes.length / 2));
    }
  }
}
