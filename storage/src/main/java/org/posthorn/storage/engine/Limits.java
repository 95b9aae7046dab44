package org.posthorn.storage.engine;

/// What every engine takes; cut to the tightest that we know, so that no row that fits one engine
/// fails in another. Keys are 1 to `keyMaxBytes` long, values 0 to `valueMaxBytes`.
public record Limits(int keyMaxBytes, int valueMaxBytes, int batchMaxBytes, int batchMaxOps) {
  public static final Limits TIGHTEST = new Limits(512, 64 << 10, 1 << 20, 2_000);

  /// Whether `batch` may grow by so many operations and bytes.
  public boolean haveRoom(Batch batch, int operations, int bytes) {
    return batch.operationCount() + operations <= batchMaxOps
        && batch.sizeBytes() + bytes <= batchMaxBytes;
  }

  /// Throws `IllegalArgumentException` for a batch that no engine takes.
  public void check(Batch batch) {
    if (!haveRoom(batch, 0, 0)) {
      throw new IllegalArgumentException(
          "A batch of %d operations and %d bytes is over the limit of %d and %d"
              .formatted(batch.operationCount(), batch.sizeBytes(), batchMaxOps, batchMaxBytes));
    }
    checkRows(batch);
  }

  /// Throws `IllegalArgumentException` for a batch with a row that no engine takes.
  public void checkRows(Batch batch) {
    batch.forEach(new Checker(this));
  }

  /// Throws `IllegalArgumentException` for a key that no row can have.
  public void checkKey(byte[] key) {
    if (key.length == 0 || key.length > keyMaxBytes) {
      throw new IllegalArgumentException(
          "A key has 1 to %d bytes, not %d".formatted(keyMaxBytes, key.length));
    }
  }

  private record Checker(Limits limits) implements Batch.Sink {
    @Override
    public void put(byte[] key, byte[] value) {
      limits.checkKey(key);
      if (value.length > limits.valueMaxBytes) {
        throw new IllegalArgumentException(
            "A value has at most %d bytes, not %d".formatted(limits.valueMaxBytes, value.length));
      }
    }

    @Override
    public void delete(byte[] key) {
      limits.checkKey(key);
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      if (from.length > limits.keyMaxBytes || to.length > limits.keyMaxBytes) {
        throw new IllegalArgumentException("A border of a range is longer than a key can be");
      }
    }
  }
}
