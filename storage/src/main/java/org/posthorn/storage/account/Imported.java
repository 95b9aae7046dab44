package org.posthorn.storage.account;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// That a message was imported: where it was put, and the flags that it had at its source then. It
/// may have been moved or expunged since. One row under the source key, written in the change that
/// appends the message.
public record Imported(SourceKey source, MailboxId mailbox, long uid, Flags flags) {
  private static final int FORM = 1;

  byte[] encode() {
    var row = new RowWriter(16).raw(FORM).number(mailbox.value()).number(uid);
    flags.writeTo(row);
    return row.toBytes();
  }

  static Imported decode(SourceKey source, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new Imported(source, new MailboxId(row.count()), row.number(), Flags.readFrom(row));
  }
}
