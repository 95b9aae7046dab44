package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.engine.Batch;

/// What a draft has done, in order, as the history of the account is to tell it. Messages that are
/// appended one after the other to one mailbox are one event. Confined to the draft's thread.
final class DraftEvents {
  private static final int ROW_BYTES = 48 << 10;

  private final List<Change.Event> events = new ArrayList<>(2);

  /// No event yet: more of them may come.
  private final List<Placement> appended = new ArrayList<>(2);

  private @Nullable MailboxDraft appendedTo;

  boolean isEmpty() {
    return events.isEmpty() && appended.isEmpty();
  }

  void add(Change.Event event) {
    endAppended();
    events.add(event);
  }

  void addAppended(MailboxDraft mailbox, Placement placement) {
    if (appendedTo != mailbox) {
      endAppended();
      appendedTo = mailbox;
    }
    appended.add(placement);
  }

  private void endAppended() {
    MailboxDraft mailbox = appendedTo;
    if (mailbox != null) {
      appendedTo = null;
      var uids = new long[appended.size()];
      for (int i = 0; i < uids.length; i++) {
        uids[i] = appended.get(i).uid();
      }
      events.add(new Change.Appended(new MailboxId(mailbox.id()), UidSet.ofAscending(uids)));
      appended.clear();
    }
  }

  /// The rows that tell of the change.
  void write(long version, Instant when, Actor actor, Batch rows) {
    endAppended();
    byte[] all = ChangeRow.encode(new Change(version, when, actor, events));
    for (int piece = 0, from = 0; from < all.length; piece++, from += ROW_BYTES) {
      int to = Math.min(all.length, from + ROW_BYTES);
      rows.put(Keys.change(version, piece), Arrays.copyOfRange(all, from, to));
    }
  }
}
