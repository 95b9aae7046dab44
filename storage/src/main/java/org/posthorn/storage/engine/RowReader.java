package org.posthorn.storage.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.posthorn.storage.StorageUnavailable;

/// Reads what a [RowWriter] wrote. A row that ends too early or says something impossible is
/// damaged: then [StorageUnavailable]. Used by one thread at a time.
public final class RowReader {
  private final byte[] bytes;
  private int at;

  public RowReader(byte[] bytes) {
    this.bytes = bytes;
  }

  public int raw() {
    if (at >= bytes.length) {
      throw damaged();
    }
    return bytes[at++] & 0xFF;
  }

  /// The first byte of every row: which form the rest has.
  public int form(int newest) {
    int form = raw();
    if (form == 0) {
      throw damaged();
    }
    if (form > newest) {
      throw new StorageUnavailable(
          "A row was written in form " + form + " by a newer program; this one knows " + newest);
    }
    return form;
  }

  public long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = raw();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw damaged();
  }

  /// A number that counts something or measures bytes of this row.
  public int count() {
    long value = number();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw damaged();
    }
    return (int) value;
  }

  public long signed() {
    long value = number();
    return (value >>> 1) ^ -(value & 1);
  }

  public long fixed() {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = (value << 8) | raw();
    }
    return value;
  }

  public String text() {
    int length = length();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }

  public byte[] piece() {
    int length = length();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  public boolean atEnd() {
    return at == bytes.length;
  }

  private int length() {
    int length = count();
    if (length > bytes.length - at) {
      throw damaged();
    }
    return length;
  }

  private StorageUnavailable damaged() {
    return new StorageUnavailable("A row of " + bytes.length + " bytes is damaged at byte " + at);
  }
}
