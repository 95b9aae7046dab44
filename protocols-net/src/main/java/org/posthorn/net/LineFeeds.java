package org.posthorn.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Looks for line feeds and the like in bytes, eight at a time.
public final class LineFeeds {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long LINE_FEEDS = 0x0a0a0a0a0a0a0a0aL;
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long BEHIND_RETURN = 0x0e0e0e0e0e0e0e0eL;

  private LineFeeds() {}

  /// The index of the first LF from `from` on and before `to`; `to` when there is none.
  public static int indexOf(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      // A byte that is LF becomes 0; the lowest that is 0 is found without error.
      long zeros = (long) LONGS.get(bytes, i) ^ LINE_FEEDS;
      long found = (zeros - ONES) & ~zeros & HIGH_BITS;
      if (found != 0) {
        return i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
    }
    while (i < to && bytes[i] != '\n') {
      i++;
    }
    return i;
  }

  /// The index of the first NUL, CR or LF from `from` on and before `to`; `to` when there is none.
  public static int breakAt(byte[] bytes, int from, int to) {
    int i = from;
    while (i <= to - Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      // A byte up to CR has its high bit here; the lowest one is found without error.
      long found = (eight - BEHIND_RETURN) & ~eight & HIGH_BITS;
      if (found == 0) {
        i += Long.BYTES;
        continue;
      }
      i += Long.numberOfTrailingZeros(found) / Byte.SIZE;
      if (isBreak(bytes[i])) {
        return i;
      }
      i++; // Such as a tab.
    }
    while (i < to && !isBreak(bytes[i])) {
      i++;
    }
    return i;
  }

  private static boolean isBreak(byte b) {
    return b == '\r' || b == '\n' || b == 0;
  }
}
