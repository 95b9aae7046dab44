package org.posthorn.storage.content;

import java.io.InputStream;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;

/// What the store knows of a content: how its bytes stand there, and its structure, which is made
/// from what was read when somebody asks for it, and not for whoever wants the bytes alone. Safe
/// for use by many threads.
final class KnownContent {
  /// An entry of the cache without its structure, about.
  private static final int ENTRY_BYTES = 500;

  /// A structure in memory is about so many times as large as it is on disk.
  private static final int OBJECTS_FACTOR = 8;

  private final ContentId id;
  private final RecordForm.Trailer trailer;
  private final Optional<ContentKey> key;
  private volatile @Nullable StoredContent stored;
  private volatile @Nullable StoredRecord record;

  private KnownContent(
      ContentId id,
      RecordForm.Trailer trailer,
      Optional<ContentKey> key,
      @Nullable StoredContent stored,
      @Nullable StoredRecord record) {
    this.id = id;
    this.trailer = trailer;
    this.key = key;
    this.stored = stored;
    this.record = record;
  }

  static KnownContent of(ContentId id, MessageStructure structure, RecordForm.Trailer trailer) {
    var stored = new StoredContent(id, trailer.contentBytes(), structure);
    return new KnownContent(id, trailer, ContentKey.of(id), stored, null);
  }

  /// Throws when the content is encrypted and its id has no key.
  static KnownContent of(ContentId id, StoredRecord record) throws ContentDamaged {
    Optional<ContentKey> key = StoredRecord.key(id, record.trailer().layout());
    return new KnownContent(id, record.trailer(), key, null, record.withoutContent());
  }

  /// Opens `bytes`, those of the content, only where they have to be read again.
  StoredContent stored(BlockCodec codec, Supplier<InputStream> bytes) throws ContentDamaged {
    StoredContent made = stored;
    StoredRecord from = record;
    if (made == null && from != null) {
      made = new StoredContent(id, trailer.contentBytes(), from.structure(id, codec, bytes));
      stored = made;
      record = null;
    }
    return made != null ? made : stored(codec, bytes);
  }

  long sizeBytes() {
    return trailer.contentBytes();
  }

  RecordForm.Layout layout() {
    return trailer.layout();
  }

  Optional<ContentKey> key() {
    return key;
  }

  /// Bytes of memory, about.
  int weight() {
    int blocks =
        trailer.layout() instanceof RecordForm.Layout.InBlocks(Blocks inBlocks, _)
            ? inBlocks.entries().length
            : 0;
    return ENTRY_BYTES + OBJECTS_FACTOR * trailer.structureBytes() + blocks;
  }
}
