package org.posthorn.storage.engine;

/// A row as an engine hands it out. As a [Page.Resume] it says: go on after this row.
public final class StoredRow implements Page.Row, Page.Resume {
  private final byte[] key;
  private final byte[] value;

  public StoredRow(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public byte[] value() {
    return value;
  }

  public int sizeBytes() {
    return key.length + value.length;
  }

  /// The resume that goes on after this row, without holding its value.
  public Page.Resume after() {
    return new StoredRow(key, new byte[0]);
  }
}
