package org.posthorn.imap.command;

import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.posthorn.message.MailDate;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.ExcerptPage;

/// The date in the Date field: the second in Universal Time, and the day that stands there, in
/// whatever zone. Nothing when it is no date.
enum SentDate implements Excerpt {
  EXCERPT;

  private static final int BYTES = Long.BYTES + Integer.BYTES;

  @Override
  public byte[] of(Account account, Email email) {
    Optional<OffsetDateTime> date = email.structure().envelope().date().flatMap(MailDate::parse);
    if (date.isEmpty()) {
      return new byte[0];
    }
    return ByteBuffer.allocate(BYTES)
        .putLong(date.get().toEpochSecond())
        .putInt((int) date.get().toLocalDate().toEpochDay())
        .array();
  }

  static boolean isThere(ExcerptPage page, long emailId) {
    return page.has(emailId) && page.end(emailId) - page.start(emailId) == BYTES;
  }

  /// RFC 5256 §2.2: the internal date where there is none.
  static long seconds(ExcerptPage page, long emailId, long internalMillis) {
    return isThere(page, emailId)
        ? ByteBuffer.wrap(page.bytes()).getLong(page.start(emailId))
        : Math.floorDiv(internalMillis, 1000L);
  }

  /// Days since 1970. It is there.
  static int day(ExcerptPage page, long emailId) {
    return ByteBuffer.wrap(page.bytes()).getInt(page.start(emailId) + Long.BYTES);
  }
}
