package org.posthorn.storage.engine;

import java.util.ArrayList;
import java.util.List;

/// The rows that one commit writes and deletes, applied in order and as a whole. Used by one thread
/// at a time; the arrays belong to the batch once they were handed in.
public final class Batch {
  /// Takes the operations of a batch, in order.
  public interface Sink {
    void put(byte[] key, byte[] value);

    void delete(byte[] key);

    /// Deletes `from` (inclusive) to `to` (exclusive).
    void deleteRange(byte[] from, byte[] to);
  }

  private final List<Operation> operations = new ArrayList<>();
  private int sizeBytes;

  private interface Operation {
    void applyTo(Sink sink);
  }

  public Batch put(byte[] key, byte[] value) {
    return add(key.length + value.length, sink -> sink.put(key, value));
  }

  public Batch delete(byte[] key) {
    return add(key.length, sink -> sink.delete(key));
  }

  public Batch deleteRange(byte[] from, byte[] to) {
    return add(from.length + to.length, sink -> sink.deleteRange(from, to));
  }

  public void forEach(Sink sink) {
    for (Operation operation : operations) {
      operation.applyTo(sink);
    }
  }

  public int operationCount() {
    return operations.size();
  }

  public int sizeBytes() {
    return sizeBytes;
  }

  private Batch add(int bytes, Operation operation) {
    operations.add(operation);
    sizeBytes += bytes;
    return this;
  }
}
