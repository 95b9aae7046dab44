package org.posthorn.storage.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The rows that one commit writes and deletes, applied in order and as a whole. Used by one thread
/// at a time; the arrays belong to the batch once they were handed in.
public final class Batch {
  /// Takes the operations of a batch, in order.
  public interface Sink {
    void put(byte[] key, byte[] value);

    void delete(byte[] key);

    /// Deletes `from` (inclusive) to `to` (exclusive; empty: to the end of the partition).
    void deleteRange(byte[] from, byte[] to);
  }

  private final List<Operation> operations = new ArrayList<>();
  private final List<Cargo> cargo = new ArrayList<>();
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

  /// Adds what `other` does, after what this one does.
  public Batch append(Batch other) {
    operations.addAll(other.operations);
    cargo.addAll(other.cargo);
    sizeBytes += other.sizeBytes;
    return this;
  }

  /// What is to be durable when this is committed; the limits of rows do not count for it.
  public Batch carry(List<Cargo> more) {
    cargo.addAll(more);
    return this;
  }

  public List<Cargo> cargo() {
    return Collections.unmodifiableList(cargo);
  }

  public void forEach(Sink sink) {
    for (Operation operation : operations) {
      operation.applyTo(sink);
    }
  }

  /// The same operations in order, cut into as few batches as `limits` allow. The first one carries
  /// the cargo.
  public List<Batch> split(Limits limits) {
    var parts = new ArrayList<Batch>();
    forEach(new Splitter(limits, parts));
    if (!parts.isEmpty()) {
      parts.getFirst().carry(cargo);
    }
    return parts;
  }

  public boolean isEmpty() {
    return operations.isEmpty();
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

  private record Splitter(Limits limits, List<Batch> parts) implements Sink {
    @Override
    public void put(byte[] key, byte[] value) {
      withRoom(key.length + value.length).put(key, value);
    }

    @Override
    public void delete(byte[] key) {
      withRoom(key.length).delete(key);
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      withRoom(from.length + to.length).deleteRange(from, to);
    }

    private Batch withRoom(int bytes) {
      if (parts.isEmpty() || !limits.haveRoom(parts.getLast(), 1, bytes)) {
        parts.add(new Batch());
      }
      return parts.getLast();
    }
  }
}
