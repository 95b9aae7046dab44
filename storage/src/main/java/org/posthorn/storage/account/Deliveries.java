package org.posthorn.storage.account;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Which mails were delivered to this account, and for whom: so a delivery that is repeated after a
/// crash is made once. Each is remembered for at least a week, longer than a mail is retried;
/// forgotten in passing, by later deliveries. Used by whoever leads a round of changes.
final class Deliveries {
  private static final int FORM = 1;
  private static final int TRIMMED_AT_ONCE = 500;

  /// Of more recipients of one mail in one account nobody remembers that it is the same.
  private static final int NAMES_MAX = 100;

  private static final Duration BETWEEN_LOOKS = Duration.ofHours(1);

  private final Rows rows;
  private final Duration kept;

  /// Also written by changes that come to nothing, which does no harm.
  private volatile Instant nextLook = Instant.MIN;

  /// No row is behind this key; null until somebody has looked. Also raised by changes that come to
  /// nothing.
  private volatile byte @Nullable [] last;

  Deliveries(Rows rows, Duration kept) {
    this.rows = rows;
    this.kept = kept;
  }

  boolean known(Unwritten.Delivery delivery, Unwritten unwritten) {
    if (unwritten.deliveries().containsKey(delivery)) {
      return true;
    }
    byte[] key = Keys.delivered(delivery.mail(), delivery.recipient());
    return !isNew(key) && rows.get(key).isPresent();
  }

  /// Whether this of the mail was delivered, for whomever.
  boolean isShared(MailId mail, long what, Unwritten unwritten) {
    return isOf(mail, what, unwritten.deliveries())
        || (!isNew(Keys.delivered(mail))
            && rows.first(Keys.delivered(mail), NAMES_MAX).stream()
                .anyMatch(row -> what(row) == what));
  }

  static boolean isOf(MailId mail, long what, Map<Unwritten.Delivery, Long> deliveries) {
    return deliveries.entrySet().stream()
        .anyMatch(one -> one.getKey().mail().equals(mail) && one.getValue() == what);
  }

  /// Ids grow with time, so that a mail that was not here before mostly is behind all that were,
  /// and need not be looked for.
  private boolean isNew(byte[] key) {
    return Arrays.compareUnsigned(key, last()) > 0;
  }

  private byte[] last() {
    byte[] known = last;
    if (known == null) {
      known = rows.last(Keys.delivered()).map(Page.Row::key).orElseGet(Keys::delivered);
      last = known;
    }
    return known;
  }

  void write(
      Unwritten.Delivery delivery,
      long what,
      MailboxId mailbox,
      long uid,
      Instant now,
      Batch batch) {
    if (!now.isBefore(nextLook)) {
      forgetOld(now, batch);
    }
    byte[] value =
        new RowWriter(28)
            .raw(FORM)
            .number(now.toEpochMilli())
            .number(mailbox.value())
            .number(uid)
            .fixed(what)
            .toBytes();
    byte[] key = Keys.delivered(delivery.mail(), delivery.recipient());
    if (isNew(key)) {
      last = key;
    }
    batch.put(key, value);
  }

  /// The rows are in the order of their mails' ids, and so nearly in that of time: the first that
  /// is young enough ends the old ones.
  private void forgetOld(Instant now, Batch batch) {
    List<Page.Row> oldest = rows.first(Keys.delivered(), TRIMMED_AT_ONCE);
    int old = 0;
    while (old < oldest.size() && deliveredAt(oldest.get(old)).plus(kept).isBefore(now)) {
      old++;
    }
    if (old > 0) {
      batch.deleteRange(Keys.delivered(), Keys.after(oldest.get(old - 1).key()));
    }
    nextLook = old == TRIMMED_AT_ONCE ? now : now.plus(BETWEEN_LOOKS);
  }

  /// 0 where nothing is said of it.
  private static long what(Page.Row found) {
    var row = new RowReader(found.value());
    row.form(FORM);
    for (int i = 0; i < 3; i++) {
      row.number();
    }
    return row.atEnd() ? 0 : row.fixed();
  }

  private static Instant deliveredAt(Page.Row found) {
    var row = new RowReader(found.value());
    row.form(FORM);
    return Instant.ofEpochMilli(row.number());
  }
}
