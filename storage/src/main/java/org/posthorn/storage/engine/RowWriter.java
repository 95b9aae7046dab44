package org.posthorn.storage.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes the value of a row: fixed bytes, numbers of varying length (7 bits a byte, low ones
/// first), texts and byte strings with their length in front. Used by one thread at a time.
public final class RowWriter {
  private byte[] bytes;
  private int size;

  public RowWriter(int expectedBytes) {
    this.bytes = new byte[expectedBytes];
  }

  public RowWriter raw(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /// A number that is mostly small and never negative; negative ones take ten bytes.
  public RowWriter number(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  /// A number that is mostly near zero, on either side.
  public RowWriter signed(long value) {
    return number((value << 1) ^ (value >> 63));
  }

  /// Eight bytes, high ones first.
  public RowWriter fixed(long value) {
    room(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  public RowWriter text(String value) {
    return piece(value.getBytes(StandardCharsets.UTF_8));
  }

  public RowWriter piece(byte[] value) {
    number(value.length);
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  public int size() {
    return size;
  }

  public byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
