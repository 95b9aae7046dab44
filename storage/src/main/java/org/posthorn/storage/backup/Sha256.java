package org.posthorn.storage.backup;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The SHA-256 of a content: its name in a backup.
record Sha256(long first, long second, long third, long fourth) {
  static final int BYTES = 32;

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static Sha256 of(byte[] bytes) {
    MessageDigest digest = digest();
    digest.update(bytes);
    return end(digest);
  }

  /// Of all that the digest was given; it begins again then.
  static Sha256 end(MessageDigest digest) {
    return at(ByteBuffer.wrap(digest.digest()), 0);
  }

  static Sha256 at(ByteBuffer in, int index) {
    return new Sha256(
        in.getLong(index), in.getLong(index + 8), in.getLong(index + 16), in.getLong(index + 24));
  }

  ByteBuffer put(ByteBuffer out) {
    return out.putLong(first).putLong(second).putLong(third).putLong(fourth);
  }

  void writeTo(RowWriter row) {
    row.fixed(first).fixed(second).fixed(third).fixed(fourth);
  }

  static Sha256 readFrom(RowReader row) {
    return new Sha256(row.fixed(), row.fixed(), row.fixed(), row.fixed());
  }

  @Override
  public String toString() {
    return "%016x%016x%016x%016x".formatted(first, second, third, fourth);
  }
}
