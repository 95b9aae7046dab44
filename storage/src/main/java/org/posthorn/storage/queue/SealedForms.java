package org.posthorn.storage.queue;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.keys.Seal;

/// Seals the rows of a queue that name contents, once mail is encrypted; what was written before
/// stays readable. A sealed row is its form, 2, and behind it what it would have been otherwise,
/// sealed. Safe for use by many threads.
record SealedForms(Optional<Seal> seal) {
  private static final byte SEALED_FORM = 2;

  byte[] open(byte[] key, byte[] value) {
    if (value.length == 0 || value[0] != SEALED_FORM) {
      return value;
    }
    byte[] closed = ByteBuffer.allocate(value.length - 1).put(value, 1, value.length - 1).array();
    return seal.orElseThrow(() -> new RowDamaged("it is sealed, and there is no key"))
        .open(closed, key);
  }

  Batch close(Batch rows) {
    if (seal.isEmpty()) {
      return rows;
    }
    var closed = new Batch().carry(rows.cargo());
    rows.forEach(new Closing(seal.get(), closed));
    return closed;
  }

  private record Closing(Seal seal, Batch rows) implements Batch.Sink {
    @Override
    public void put(byte[] key, byte[] value) {
      rows.put(key, QueueKeys.isForm(key) ? sealed(key, value) : value);
    }

    @Override
    public void delete(byte[] key) {
      rows.delete(key);
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      rows.deleteRange(from, to);
    }

    private byte[] sealed(byte[] key, byte[] value) {
      byte[] closed = seal.close(value, key);
      return ByteBuffer.allocate(1 + closed.length).put(SEALED_FORM).put(closed).array();
    }
  }
}
