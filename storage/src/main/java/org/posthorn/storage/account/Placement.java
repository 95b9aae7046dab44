package org.posthorn.storage.account;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The place of an email in a mailbox: one row under (mailbox, UID). Times are milliseconds since
/// 1970. `sizeBytes` is the email's, repeated here so that a mailbox opens without its emails.
record Placement(
    long uid,
    long emailId,
    Flags flags,
    long modSeq,
    long sizeBytes,
    long internalMillis,
    long savedMillis) {
  private static final int FORM = 1;

  byte[] encode() {
    var row = new RowWriter(40).raw(FORM);
    writeTo(row);
    return row.toBytes();
  }

  static Placement decode(long uid, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return readFrom(uid, row);
  }

  /// The email alone.
  static long emailId(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    row.number(); // MODSEQ
    return row.number();
  }

  /// Without the UID.
  void writeTo(RowWriter row) {
    row.number(modSeq).number(emailId).number(sizeBytes);
    row.signed(internalMillis).signed(savedMillis - internalMillis);
    flags.writeTo(row);
  }

  static Placement readFrom(long uid, RowReader row) {
    long modSeq = row.number();
    long emailId = row.number();
    long sizeBytes = row.number();
    long internalMillis = row.signed();
    long savedMillis = internalMillis + row.signed();
    return new Placement(
        uid, emailId, Flags.readFrom(row), modSeq, sizeBytes, internalMillis, savedMillis);
  }

  long checksum() {
    return Checksum.ofPlacement(uid, emailId, flags, modSeq, sizeBytes, internalMillis);
  }
}
