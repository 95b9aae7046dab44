package org.posthorn.storage.queue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/// Reads what [RowWriter] wrote. Throws [RowDamaged] for anything else. Used by one thread at a
/// time.
final class RowReader {
  private static final int NUMBER_MAX_BITS = 63;

  private final byte[] bytes;
  private int position;

  RowReader(byte[] bytes, int newestVersion) {
    this.bytes = bytes;
    int version = next();
    if (version < 1 || version > newestVersion) {
      throw new RowDamaged("format " + version + " is not known to this program");
    }
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift <= NUMBER_MAX_BITS; shift += 7) {
      int next = next();
      value |= (long) (next & 0x7F) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw new RowDamaged("a number without an end");
  }

  /// A number that counts something in the row, or is small by its meaning.
  int count() {
    long value = number();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new RowDamaged("the number " + value);
    }
    return (int) value;
  }

  boolean flag() {
    return next() != 0;
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    int length = count();
    if (length > bytes.length - position) {
      throw new RowDamaged("it ends too early");
    }
    position += length;
    return Arrays.copyOfRange(bytes, position - length, position);
  }

  <T> Optional<T> optional(Function<RowReader, T> read) {
    return flag() ? Optional.of(read.apply(this)) : Optional.empty();
  }

  private int next() {
    if (position == bytes.length) {
      throw new RowDamaged("it ends too early");
    }
    return bytes[position++] & 0xFF;
  }
}
