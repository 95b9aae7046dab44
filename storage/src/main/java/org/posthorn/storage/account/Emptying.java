package org.posthorn.storage.account;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.posthorn.storage.engine.Page;

/// Expunges messages that have been in their mailbox for longer than it keeps them, as changes by
/// `retention`: in the history they are like any other. One of a time to come, when the clock was
/// ahead, has been there for as long as the next. Used by one thread.
final class Emptying {
  private static final Actor ACTOR = new Actor("retention", "upkeep", "");
  private static final int MESSAGES_AT_ONCE = 5_000;

  private final Account account;
  private final Keeping keeping;
  private final Instant now;
  private final Trimming.Breath breath;

  Emptying(Account account, Keeping keeping, Instant now, Trimming.Breath breath) {
    this.account = account;
    this.keeping = keeping;
    this.now = now;
    this.breath = breath;
  }

  /// Whether there is anything to do, for one look at each mailbox: the first message of a mailbox
  /// is the one that came first.
  static boolean isDue(Rows rows, Keeping keeping, Instant now) {
    var due = new boolean[1];
    rows.each(
        Keys.mailboxes(),
        row -> {
          MailboxInfo mailbox =
              MailboxRow.decode(Keys.intAt(row.key(), 1), row.value()).info(false);
          Optional<Duration> kept = keeping.of(mailbox);
          due[0] |= kept.isPresent() && isOld(rows, mailbox, now.minus(kept.get()), now);
        });
    return due[0];
  }

  private static boolean isOld(Rows rows, MailboxInfo mailbox, Instant before, Instant now) {
    List<Page.Row> first = rows.first(Keys.placements(mailbox.id().value()), 1);
    return first.stream()
        .map(row -> Placement.decode(Keys.intAt(row.key(), 5) & 0xFFFF_FFFFL, row.value()))
        .mapToLong(Placement::savedMillis)
        .anyMatch(saved -> saved < before.toEpochMilli() || saved > now.toEpochMilli());
  }

  /// How many messages were expunged.
  long run() {
    long count = 0;
    for (MailboxInfo mailbox : account.mailboxes()) {
      Optional<Duration> kept = keeping.of(mailbox);
      if (kept.isPresent() && mailbox.messages() > 0) {
        count += empty(mailbox.id(), now.minus(kept.get()));
      }
    }
    return count;
  }

  private long empty(MailboxId mailbox, Instant before) {
    long all = 0;
    int count;
    do {
      count = expungeSome(mailbox, before);
      all += count;
    } while (count == MESSAGES_AT_ONCE && breath.goOn());
    return all;
  }

  private int expungeSome(MailboxId mailbox, Instant before) {
    try {
      return account.change(
          ACTOR,
          draft -> {
            MailboxView view = draft.view(mailbox);
            var old = LongStream.builder();
            int count = 0;
            int end = afterLastOld(view, before);
            for (int i = 0; i < end && count < MESSAGES_AT_ONCE; i++) {
              long saved = view.savedMillis(i);
              if (saved < before.toEpochMilli() || saved > now.toEpochMilli()) {
                old.add(view.uid(i));
                count++;
              }
            }
            return draft.expunge(mailbox, UidSet.ofAscending(old.build().toArray())).size();
          });
    } catch (MailboxException.NotFound _) {
      return 0; // Deleted meanwhile.
    }
  }

  private static int afterLastOld(MailboxView view, Instant before) {
    int end = view.size();
    while (end > 0 && view.savedMillis(end - 1) >= before.toEpochMilli()) {
      end--;
    }
    return end;
  }
}
