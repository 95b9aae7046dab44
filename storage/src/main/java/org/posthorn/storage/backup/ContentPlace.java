package org.posthorn.storage.backup;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Where in a backup's packs a content is, and its SHA-256.
record ContentPlace(Sha256 sha256, int pack, long offset, long sizeBytes) {
  void writeTo(RowWriter row) {
    sha256.writeTo(row);
    row.number(pack).number(offset).number(sizeBytes);
  }

  static ContentPlace readFrom(RowReader row) {
    return new ContentPlace(Sha256.readFrom(row), row.count(), row.number(), row.number());
  }
}
