package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongConsumer;

/// The emails of an account as a walk needs them: how large each is, and whether anything refers to
/// it. About 17 bytes an email. Used by one thread.
final class SeenEmails {
  private long[] ids = new long[64];
  private long[] sizes = new long[64];
  private int count;
  private final BitSet referenced = new BitSet();

  /// In the order of their ids.
  void put(long id, long sizeBytes) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, count + count / 2);
      sizes = Arrays.copyOf(sizes, ids.length);
    }
    ids[count] = id;
    sizes[count++] = sizeBytes;
  }

  int count() {
    return count;
  }

  boolean has(long id) {
    return indexOf(id) >= 0;
  }

  /// Negative when there is no such email.
  long sizeOf(long id) {
    int index = indexOf(id);
    return index < 0 ? -1 : sizes[index];
  }

  /// Something refers to the email, if there is one.
  void refer(long id) {
    int index = indexOf(id);
    if (index >= 0) {
      referenced.set(index);
    }
  }

  void forEachUnreferenced(LongConsumer action) {
    for (int i = referenced.nextClearBit(0); i < count; i = referenced.nextClearBit(i + 1)) {
      action.accept(ids[i]);
    }
  }

  private int indexOf(long id) {
    return Arrays.binarySearch(ids, 0, count, id);
  }
}
