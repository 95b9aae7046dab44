package org.posthorn.app.transfer.mbox;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Tells apart messages of one mbox that are equal to the last byte: the how-manyth one is it? So
/// each of them has a key of its own, and the same one when the mbox is read again. Memory is
/// bounded: of more than three million different messages the later ones are not told apart. Used
/// by one thread.
final class Repeats {
  private static final int SLOTS_MAX = 1 << 22;
  private static final int REPEATED_MAX = 200_000;

  private long[] seen = new long[1 << 12];
  private int count;
  private final Map<Long, Integer> repeated = new HashMap<>();

  /// 0 for the first one with this digest.
  int next(byte[] digest) {
    long hash = ByteBuffer.wrap(digest).getLong();
    hash = hash == 0 ? 1 : hash;
    if (add(hash)) {
      return 0;
    }
    if (repeated.size() >= REPEATED_MAX && !repeated.containsKey(hash)) {
      return 0;
    }
    return repeated.merge(hash, 1, Integer::sum);
  }

  /// False when it was there.
  private boolean add(long hash) {
    int slot = slot(seen, hash);
    if (seen[slot] == hash) {
      return false;
    }
    if (count * 4 >= seen.length * 3) {
      if (seen.length == SLOTS_MAX) {
        return true;
      }
      grow();
      slot = slot(seen, hash);
    }
    seen[slot] = hash;
    count++;
    return true;
  }

  private void grow() {
    long[] old = seen;
    seen = new long[old.length * 2];
    Arrays.stream(old).filter(hash -> hash != 0).forEach(hash -> seen[slot(seen, hash)] = hash);
  }

  private static int slot(long[] slots, long hash) {
    int slot = (int) hash & (slots.length - 1);
    while (slots[slot] != 0 && slots[slot] != hash) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }
}
