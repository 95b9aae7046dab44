package org.posthorn.pop3;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.UidSet;

/// The messages of an INBOX as they were when the session began, and which of them are to go (RFC
/// 1939 §5). Numbers count from 1. Confined to the connection's thread.
final class Maildrop implements AutoCloseable {
  /// Clients mostly fetch one message after the other.
  private static final int AHEAD = 32;

  private final Account account;
  private final MailboxView view;
  private final Runnable release;
  private final BitSet deleted = new BitSet();
  private long totalBytes;
  private List<Email> ahead = List.of();

  /// `release` is run when the maildrop is closed.
  Maildrop(Account account, MailboxView view, Runnable release) {
    this.account = account;
    this.view = view;
    this.release = release;
    for (int i = 0; i < view.size(); i++) {
      this.totalBytes += view.sizeBytes(i);
    }
  }

  /// After how many days messages are removed; empty: they stay.
  OptionalInt retentionDays() {
    OptionalInt days = view.info().retentionDays();
    return days.isPresent() && days.getAsInt() > 0 ? days : OptionalInt.empty();
  }

  /// The highest number, deleted ones included.
  int highest() {
    return view.size();
  }

  /// How many messages are not deleted.
  int count() {
    return view.size() - deleted.cardinality();
  }

  /// Bytes of all messages that are not deleted.
  long totalBytes() {
    return totalBytes;
  }

  /// Whether there is such a message and it is not deleted.
  boolean has(int number) {
    return number >= 1 && number <= view.size() && !deleted.get(number - 1);
  }

  long sizeBytes(int number) {
    return view.sizeBytes(number - 1);
  }

  /// Unique for ever in this maildrop (RFC 1939 §7).
  String uniqueId(int number) {
    return view.info().uidValidity() + "." + view.uid(number - 1);
  }

  void delete(int number) {
    deleted.set(number - 1);
    totalBytes -= sizeBytes(number);
  }

  void undeleteAll() {
    deleted.stream().forEach(i -> totalBytes += view.sizeBytes(i));
    deleted.clear();
  }

  /// The header and at most so many lines of the body; empty when somebody else has removed the
  /// message for good. Without `utf8`, a header in UTF-8 is replaced by one in ASCII.
  Optional<MessageText> text(int number, long bodyLinesMax, boolean utf8) throws IOException {
    Optional<Email> email = email(number - 1);
    if (email.isEmpty()) {
      return Optional.empty();
    }
    long size = email.get().sizeBytes();
    long headerBytes = email.get().structure().root().bodyStart();
    return Optional.of(
        MessageText.open(
            account.open(email.get(), 0, size), size, headerBytes, bodyLinesMax, utf8));
  }

  /// Removes what was deleted, in one change (RFC 1939 §6). Returns how many that were.
  int removeDeleted(Actor actor) {
    if (deleted.isEmpty()) {
      return 0;
    }
    long[] uids = deleted.stream().mapToLong(view::uid).toArray();
    return account.change(actor, draft -> draft.expunge(view.info().id(), UidSet.of(uids))).size();
  }

  @Override
  public void close() {
    release.run();
  }

  private Optional<Email> email(int index) {
    long id = view.emailId(index);
    for (Email email : ahead) {
      if (email.id() == id) {
        return Optional.of(email);
      }
    }
    ahead = account.emails(view, index, Math.min(index + AHEAD, view.size()));
    return ahead.stream().filter(email -> email.id() == id).findFirst();
  }
}
