package org.posthorn.storage.content;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Memory for contents that come in: arrays of three sizes, used again, and never more than a
/// budget in all. So many slow senders of middling messages cannot fill the memory: whoever gets no
/// array goes on in a file. Safe for use by many threads.
final class Buffers {
  private static final long IDLE_BYTES_MAX = 2 << 20;

  private final List<Shelf> shelves;
  private final long budgetBytes;
  private long takenBytes;

  private record Shelf(int arrayBytes, Deque<byte[]> idle) {}

  /// `largestBytes`: of the largest array.
  Buffers(int largestBytes, long budgetBytes) {
    this.shelves =
        List.of(
            new Shelf(Math.min(16 << 10, largestBytes), new ArrayDeque<>()),
            new Shelf(Math.min(64 << 10, largestBytes), new ArrayDeque<>()),
            new Shelf(largestBytes, new ArrayDeque<>()));
    this.budgetBytes = budgetBytes;
  }

  /// An array longer than `bytes`, with anything in it; empty when there is none so long, or the
  /// budget is used up.
  synchronized Optional<byte[]> take(int bytes) {
    for (Shelf shelf : shelves) {
      if (shelf.arrayBytes > bytes && takenBytes + shelf.arrayBytes <= budgetBytes) {
        takenBytes += shelf.arrayBytes;
        byte[] idle = shelf.idle.poll();
        return Optional.of(idle != null ? idle : new byte[shelf.arrayBytes]);
      }
    }
    return Optional.empty();
  }

  synchronized void giveBack(byte[] array) {
    takenBytes -= array.length;
    for (Shelf shelf : shelves) {
      if (shelf.arrayBytes == array.length) {
        if ((long) (shelf.idle.size() + 1) * shelf.arrayBytes <= IDLE_BYTES_MAX) {
          shelf.idle.push(array);
        }
        return;
      }
    }
  }

  synchronized long takenBytes() {
    return takenBytes;
  }
}
