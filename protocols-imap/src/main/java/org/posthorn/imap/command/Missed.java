package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapCommand.Resync;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.imap.wire.SequenceSet.Range;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.MailboxException;

/// What a client has missed that was away, or did not look (RFC 7162 §3.2.5, §3.2.6): messages that
/// have vanished from those it knows, and flags that have changed. Lives as long as one command.
final class Missed {
  private final SelectedMailbox mailbox;
  private final Account account;
  private final ImapWriter writer;

  Missed(SelectedMailbox mailbox, ImapWriter writer) {
    this.mailbox = mailbox;
    this.account = mailbox.account();
    this.writer = writer;
  }

  /// What SELECT tells a client that says what it knows. One that knows another UIDVALIDITY knows
  /// nothing of this mailbox.
  void tell(Resync resync) throws IOException {
    if (resync.uidValidity() != mailbox.told().info().uidValidity()) {
      return;
    }
    List<Range> known =
        resync.known().isPresent()
            ? resync.known().get().resolve(lastUid())
            : List.of(new Range(1, lastUid()));
    tellVanished(known, resync.modSeq(), agreed(resync));
    for (Range range : known) {
      for (int i = mailbox.place(range.first()); i < mailbox.place(range.last() + 1); i++) {
        if (mailbox.viewOf(i).modSeq(mailbox.indexIn(i)) > resync.modSeq()) {
          mailbox.tellFlags(i, true, writer);
        }
      }
    }
  }

  /// Of messages that a client names by UID, those that have vanished since.
  void tellVanished(SequenceSet uids, long modSeq) throws IOException {
    int exists = mailbox.exists();
    long largest = exists == 0 ? lastUid() : mailbox.uid(exists - 1);
    tellVanished(uids.resolve(largest), modSeq, 0);
  }

  /// `agreed`: up to this UID the client knows what has vanished.
  private void tellVanished(List<Range> known, long modSeq, long agreed) throws IOException {
    List<Range> asked = new ArrayList<>();
    for (Range range : known) {
      long first = Math.max(range.first(), agreed + 1);
      long last = Math.min(range.last(), lastUid());
      if (first <= last) {
        asked.add(new Range(first, last));
      }
    }
    String vanished = vanished(asked, modSeq);
    if (!vanished.isEmpty()) {
      writer.text("* VANISHED (EARLIER) ").text(vanished).endLine();
    }
  }

  /// Where the history does not reach back so far, all that is not there.
  private String vanished(List<Range> asked, long modSeq) {
    try {
      return account
          .vanishedSince(mailbox.id(), modSeq, uid -> isIn(asked, uid) && mailbox.indexOf(uid) < 0)
          .toString();
    } catch (MailboxException.HistoryTrimmed _) {
      return absent(asked);
    }
  }

  /// The ranges ascend.
  private static boolean isIn(List<Range> ranges, long uid) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (uid < range.first()) {
        high = middle - 1;
      } else if (uid > range.last()) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  /// The UIDs of the ranges that no message has. There may be many more of them than messages, so
  /// they are written as ranges from the start.
  private String absent(List<Range> asked) {
    var text = new StringBuilder();
    for (Range range : asked) {
      long next = range.first();
      for (int i = mailbox.place(range.first()); i < mailbox.place(range.last() + 1); i++) {
        appendRange(text, next, mailbox.uid(i) - 1);
        next = mailbox.uid(i) + 1;
      }
      appendRange(text, next, range.last());
    }
    return text.toString();
  }

  private static void appendRange(StringBuilder text, long first, long last) {
    if (first <= last) {
      text.append(text.isEmpty() ? "" : ",").append(first);
      text.append(first < last ? ":" + last : "");
    }
  }

  /// The largest UID for which client and mailbox agree which number it has (RFC 7162 §3.2.5.2).
  private long agreed(Resync resync) {
    if (resync.match().isEmpty()) {
      return 0;
    }
    var numbers = new Walk(resync.match().get().numbers().resolve(lastUid()));
    var uids = new Walk(resync.match().get().uids().resolve(lastUid()));
    long agreed = 0;
    while (numbers.hasNext() && uids.hasNext()) {
      long number = numbers.next();
      long uid = uids.next();
      if (number > mailbox.exists()) {
        return agreed;
      }
      agreed = mailbox.uid((int) number - 1) == uid ? Math.max(agreed, uid) : agreed;
    }
    return agreed;
  }

  /// One number after the other of ranges that may be longer than anything that is there.
  private static final class Walk {
    private final Iterator<Range> ranges;
    private long next = 1;
    private long last;

    Walk(List<Range> ranges) {
      this.ranges = ranges.iterator();
    }

    boolean hasNext() {
      return next <= last || ranges.hasNext();
    }

    long next() {
      if (next > last) {
        Range range = ranges.next();
        next = range.first();
        last = range.last();
      }
      return next++;
    }
  }

  private long lastUid() {
    return mailbox.told().info().uidNext() - 1;
  }
}
