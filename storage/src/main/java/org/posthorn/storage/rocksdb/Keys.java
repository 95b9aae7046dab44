package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;

/// How partitions share one key space (format 1): a row is stored under the code of the partition's
/// kind, its name, NUL and the row's key. The same with an empty key, which no row has, is the
/// head, so it stands before the rows of its partition. A head's value is its form (1), the version
/// and the commit id, each big-endian. Before all partitions stand notes of erased ones
/// ([ErasedRows]).
final class Keys {
  private static final byte HEAD_FORM = 1;
  private static final int HEAD_BYTES = 1 + 3 * Long.BYTES;

  private final byte[] head;

  private Keys(byte[] head) {
    this.head = head;
  }

  static Keys of(Partition partition) {
    byte[] name = partition.name().getBytes(UTF_8);
    byte[] head = new byte[name.length + 2];
    head[0] = partition.kind().code();
    System.arraycopy(name, 0, head, 1, name.length);
    return new Keys(head);
  }

  static Keys ofHead(byte[] head) {
    return new Keys(head);
  }

  byte[] head() {
    return head;
  }

  byte[] row(byte[] key) {
    byte[] stored = Arrays.copyOf(head, head.length + key.length);
    System.arraycopy(key, 0, stored, head.length, key.length);
    return stored;
  }

  /// Where a range begins: at the earliest after the head.
  byte[] from(byte[] key) {
    return row(key.length == 0 ? new byte[1] : key);
  }

  /// Where a range ends, exclusive.
  byte[] to(byte[] key) {
    return key.length == 0 ? end() : row(key);
  }

  /// The first key after the partition.
  byte[] end() {
    byte[] end = head.clone();
    end[end.length - 1] = 1;
    return end;
  }

  byte[] withoutPrefix(byte[] stored) {
    return Arrays.copyOfRange(stored, head.length, stored.length);
  }

  /// The partition that a stored key is in; empty for keys of another kind.
  static Optional<Partition> partition(Partition.Kind kind, byte[] stored) {
    if (stored.length == 0 || stored[0] != kind.code()) {
      return Optional.empty();
    }
    int end = 1;
    while (end < stored.length && stored[end] != 0) {
      end++;
    }
    return Optional.of(new Partition(kind, new String(stored, 1, end - 1, UTF_8)));
  }

  static byte[] encode(Head head) {
    CommitId last = head.last().orElseThrow();
    return ByteBuffer.allocate(HEAD_BYTES)
        .put(HEAD_FORM)
        .putLong(head.version())
        .putLong(last.high())
        .putLong(last.low())
        .array();
  }

  static Head decode(byte[] stored) {
    var in = ByteBuffer.wrap(stored);
    if (stored.length != HEAD_BYTES || in.get() != HEAD_FORM) {
      throw new IllegalStateException("A partition's head is damaged");
    }
    return new Head(in.getLong(), Optional.of(new CommitId(in.getLong(), in.getLong())));
  }
}
