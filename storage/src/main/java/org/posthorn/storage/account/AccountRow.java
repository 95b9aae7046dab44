package org.posthorn.storage.account;

import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What is true of an account as a whole: its one first row, written with every change.
///
/// `version` counts changes; `epoch` grows when the account was restored from a backup;
/// `emailsChecksum` is the sum over all emails, `checksum` that and all mailboxes. `owner` is the
/// login of the user, for whoever has nothing but the account; `exactSince` the version from which
/// on the history is whole (0: all of it); `quotaBytes` and `quotaMessages` are [QuotaLimits] of
/// this account alone; `warnedPercent` is how full the user was told that it is.
record AccountRow(
    long version,
    int nextMailboxId,
    long nextEmailId,
    long lastUidValidity,
    int epoch,
    long quotaBytes,
    long usedBytes,
    long usedMessages,
    long emailsChecksum,
    long checksum,
    String owner,
    long exactSince,
    long quotaMessages,
    int warnedPercent) {
  /// 1 had neither owner nor what follows it, 2 no `warnedPercent`.
  private static final int FORM = 3;

  static final AccountRow EMPTY = new AccountRow(0, 1, 1, 0, 1, 0, 0, 0, 0, 0, "", 0, 0, 0);

  /// Of an account that lost this row: whatever else can be known is in other rows.
  static AccountRow lost(long exactSince) {
    return new AccountRow(0, 1, 1, 0, 1, 0, 0, 0, 0, 0, "", exactSince, 0, 0);
  }

  byte[] encode() {
    return new RowWriter(64)
        .raw(FORM)
        .number(version)
        .number(nextMailboxId)
        .number(nextEmailId)
        .number(lastUidValidity)
        .number(epoch)
        .number(quotaBytes)
        .number(usedBytes)
        .number(usedMessages)
        .fixed(emailsChecksum)
        .fixed(checksum)
        .text(owner)
        .number(exactSince)
        .number(quotaMessages)
        .number(warnedPercent)
        .toBytes();
  }

  static AccountRow decode(byte[] value) {
    var row = new RowReader(value);
    int form = row.form(FORM);
    boolean first = form == 1;
    return new AccountRow(
        row.number(),
        row.count(),
        row.number(),
        row.number(),
        row.count(),
        row.number(),
        row.number(),
        row.number(),
        row.fixed(),
        row.fixed(),
        first ? "" : row.text(),
        first ? 0 : row.number(),
        first ? 0 : row.number(),
        form < 3 ? 0 : row.count());
  }

  QuotaLimits quota() {
    return new QuotaLimits(quotaBytes, quotaMessages);
  }

  /// What emails and account add up to.
  record Sums(long emails, long account) {}

  /// The row of a copy.
  AccountRow copied(String newOwner, int newEpoch, long newLastUidValidity, Sums sums) {
    return new AccountRow(
        version,
        nextMailboxId,
        nextEmailId,
        newLastUidValidity,
        newEpoch,
        quotaBytes,
        usedBytes,
        usedMessages,
        sums.emails(),
        sums.account(),
        newOwner,
        exactSince,
        quotaMessages,
        warnedPercent);
  }

  /// The same, giving out other ids next.
  AccountRow above(int mailboxId, long emailId) {
    return new AccountRow(
        version,
        mailboxId,
        emailId,
        lastUidValidity,
        epoch,
        quotaBytes,
        usedBytes,
        usedMessages,
        emailsChecksum,
        checksum,
        owner,
        exactSince,
        quotaMessages,
        warnedPercent);
  }

  /// Bytes and messages of all mailboxes.
  record Used(long bytes, long messages) {}

  /// The same account with what can be derived from its other rows.
  AccountRow repaired(
      String newOwner,
      int newNextMailboxId,
      long newNextEmailId,
      long newLastUidValidity,
      Used used,
      Sums sums) {
    return new AccountRow(
        version,
        newNextMailboxId,
        newNextEmailId,
        newLastUidValidity,
        epoch,
        quotaBytes,
        used.bytes(),
        used.messages(),
        sums.emails(),
        sums.account(),
        newOwner,
        exactSince,
        quotaMessages,
        warnedPercent);
  }

  AccountRow owned(String newOwner) {
    return copied(newOwner, epoch, lastUidValidity, new Sums(emailsChecksum, checksum));
  }

  AccountRow atVersion(long newVersion, int newEpoch) {
    return new AccountRow(
        newVersion,
        nextMailboxId,
        nextEmailId,
        lastUidValidity,
        newEpoch,
        quotaBytes,
        usedBytes,
        usedMessages,
        emailsChecksum,
        checksum,
        owner,
        exactSince,
        quotaMessages,
        warnedPercent);
  }
}
