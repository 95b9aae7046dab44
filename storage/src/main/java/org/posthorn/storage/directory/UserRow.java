package org.posthorn.storage.directory;

import java.util.OptionalInt;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A user as stored: one row under the name. The hash of the password is another row, which is only
/// read at a login; `stamp` is another with each password, so that what is remembered of the old
/// one can be told to be stale.
record UserRow(User user, long stamp) {
  /// 1 had no days of history, 1 and 2 a quota of bytes instead of an [Allowance]; up to 3 no
  /// account was shared.
  private static final int FORM = 4;

  byte[] encode() {
    var row = new RowWriter(80).raw(FORM).text(user.account().value()).raw(user.enabled() ? 1 : 0);
    user.allowance().writeTo(row);
    row.text(user.fullName()).fixed(stamp).number(stored(user.historyDays()));
    return row.raw(user.shared() ? 1 : 0).toBytes();
  }

  static UserRow decode(MailAddress login, byte[] value) {
    var row = new RowReader(value);
    int form = row.form(FORM);
    boolean first = form == 1;
    var account = new AccountId(row.text());
    boolean enabled = row.raw() == 1;
    Allowance allowance = form < 3 ? Allowance.readBytes(row) : Allowance.readFrom(row);
    String fullName = row.text();
    long stamp = row.fixed();
    OptionalInt historyDays = first ? OptionalInt.empty() : days(row);
    boolean shared = form >= 4 && row.raw() == 1;
    return new UserRow(
        new User(login, account, enabled, allowance, fullName, historyDays, shared), stamp);
  }

  UserRow settings(UserSettings settings) {
    return with(
        new User(
            user.login(),
            user.account(),
            settings.enabled(),
            settings.allowance(),
            settings.fullName(),
            settings.historyDays(),
            user.shared()));
  }

  UserRow login(MailAddress login) {
    return with(
        new User(
            login,
            user.account(),
            user.enabled(),
            user.allowance(),
            user.fullName(),
            user.historyDays(),
            user.shared()));
  }

  UserRow account(AccountId other) {
    return with(
        new User(
            user.login(),
            other,
            user.enabled(),
            user.allowance(),
            user.fullName(),
            user.historyDays(),
            user.shared()));
  }

  UserRow stamp(long other) {
    return new UserRow(user, other);
  }

  /// One more than the days, or 0 for none.
  static long stored(OptionalInt days) {
    return days.isEmpty() ? 0 : days.getAsInt() + 1L;
  }

  static OptionalInt days(RowReader row) {
    int stored = row.count();
    return stored == 0 ? OptionalInt.empty() : OptionalInt.of(stored - 1);
  }

  private UserRow with(User other) {
    return new UserRow(other, stamp);
  }
}
