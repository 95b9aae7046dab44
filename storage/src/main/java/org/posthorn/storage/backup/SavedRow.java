package org.posthorn.storage.backup;

import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A row as a backup keeps it. Without a value: an increment says that the row is gone. `content`
/// is where the bytes are that an email's row names; absent for other rows, and where they could
/// not be read.
final class SavedRow {
  private static final int PUT = 1;
  private static final int GONE = 2;
  private static final int PUT_WITH_CONTENT = 3;

  private final byte[] key;
  private final Optional<byte[]> value;
  private final Optional<ContentPlace> content;

  SavedRow(byte[] key, Optional<byte[]> value, Optional<ContentPlace> content) {
    this.key = key;
    this.value = value;
    this.content = content;
  }

  byte[] key() {
    return key;
  }

  Optional<byte[]> value() {
    return value;
  }

  Optional<ContentPlace> content() {
    return content;
  }

  static SavedRow gone(byte[] key) {
    return new SavedRow(key, Optional.empty(), Optional.empty());
  }

  void writeTo(RowWriter block) {
    block.raw(value.isEmpty() ? GONE : content.isEmpty() ? PUT : PUT_WITH_CONTENT).piece(key);
    value.ifPresent(block::piece);
    content.ifPresent(place -> place.writeTo(block));
  }

  static SavedRow readFrom(RowReader block) {
    int kind = block.raw();
    byte[] key = block.piece();
    return switch (kind) {
      case PUT -> new SavedRow(key, Optional.of(block.piece()), Optional.empty());
      case GONE -> gone(key);
      case PUT_WITH_CONTENT ->
          new SavedRow(key, Optional.of(block.piece()), Optional.of(ContentPlace.readFrom(block)));
      default -> throw new StorageUnavailable("A saved row is of unknown kind " + kind);
    };
  }
}
