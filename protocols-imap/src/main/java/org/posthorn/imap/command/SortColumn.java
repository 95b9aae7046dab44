package org.posthorn.imap.command;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.posthorn.storage.account.ExcerptPage;

/// One value for each message that was found, in the order in which they were. Used by one thread.
sealed interface SortColumn extends StableSort.Order {
  @SuppressWarnings("ArrayRecordComponent") // Filled in place, and never compared as a whole.
  record Numbers(long[] values) implements SortColumn {
    @Override
    public int compare(int one, int other) {
      return Long.compare(values[one], values[other]);
    }
  }

  /// Texts that stay where they are kept. Their first bytes as a number decide most comparisons.
  final class Texts implements SortColumn {
    private static final byte[] NOTHING = {};

    /// Memory for each text, but for the page on which it is.
    static final int TEXT_BYTES = 24;

    private final long[] beginnings;
    private final byte[][] bytes;
    private final int[] starts;
    private final int[] ends;

    Texts(int size) {
      this.beginnings = new long[size];
      this.bytes = new byte[size][];
      this.starts = new int[size];
      this.ends = new int[size];
      Arrays.fill(bytes, NOTHING);
    }

    /// Places are set in ascending order. Returns how much memory is held by that beyond what was
    /// held before.
    @SuppressWarnings("ReferenceEquality") // The same array is the same page.
    int set(int place, ExcerptPage page, long emailId) {
      if (!page.has(emailId)) {
        return 0;
      }
      bytes[place] = page.bytes();
      starts[place] = page.start(emailId);
      ends[place] = page.end(emailId);
      beginnings[place] = beginning(bytes[place], starts[place], ends[place]);
      return place == 0 || bytes[place - 1] != bytes[place] ? page.memoryBytes() : 0;
    }

    private static long beginning(byte[] bytes, int start, int end) {
      long beginning = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        int next = start + i < end ? bytes[start + i] & 0xFF : 0;
        beginning = (beginning << 8) | next;
      }
      return beginning;
    }

    @Override
    public int compare(int one, int other) {
      int byBeginning = Long.compareUnsigned(beginnings[one], beginnings[other]);
      return byBeginning != 0
          ? byBeginning
          : Arrays.compareUnsigned(
              bytes[one], starts[one], ends[one], bytes[other], starts[other], ends[other]);
    }

    /// The text, one character for each byte.
    String text(int place) {
      return new String(
          bytes[place], starts[place], ends[place] - starts[place], StandardCharsets.ISO_8859_1);
    }
  }
}
