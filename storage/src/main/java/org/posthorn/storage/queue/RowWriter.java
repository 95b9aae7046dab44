package org.posthorn.storage.queue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/// Writes the value of a row: a version byte, then numbers of 7 bits a byte and texts in UTF-8 with
/// their length. Used by one thread at a time.
final class RowWriter {
  private static final int START_BYTES = 128;

  private byte[] bytes = new byte[START_BYTES];
  private int size;

  RowWriter(int version) {
    put(version);
  }

  void number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      put((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    put((int) rest);
  }

  void flag(boolean value) {
    put(value ? 1 : 0);
  }

  void text(String value) {
    bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(byte[] value) {
    number(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  <T> void optional(Optional<T> value, BiConsumer<RowWriter, T> write) {
    flag(value.isPresent());
    value.ifPresent(present -> write.accept(this, present));
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void put(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  private void reserve(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
