package org.posthorn.storage.search;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.follow.Point;

/// How far the index has come with an account: the number that the account has in the index, the
/// version and epoch that were reached, how far back history went then, and the last email that was
/// looked at. A number is given out once.
record Progress(int account, long version, int epoch, long exactSince, long lastEmailId) {
  private static final int FORM = 1;

  /// Of an account that the index does not know.
  static final Progress NONE = new Progress(0, 0, 0, 0, 0);

  Point point() {
    return new Point(version, epoch);
  }

  boolean isNone() {
    return account == 0;
  }

  Progress upTo(long emailId) {
    return new Progress(account, version, epoch, exactSince, emailId);
  }

  byte[] encode() {
    return new RowWriter(40)
        .raw(FORM)
        .number(account)
        .number(version)
        .number(epoch)
        .number(exactSince)
        .number(lastEmailId)
        .toBytes();
  }

  static Progress decode(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new Progress(row.count(), row.number(), row.count(), row.number(), row.number());
  }
}
