package org.posthorn.storage.backup;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Rows of one partition in the rows file of one run: all of them, or what became of them since the
/// section before.
record Section(String run, long offset, long lengthBytes, long rows) {
  void writeTo(RowWriter row) {
    row.text(run).number(offset).number(lengthBytes).number(rows);
  }

  static Section readFrom(RowReader row) {
    return new Section(row.text(), row.number(), row.number(), row.number());
  }
}
