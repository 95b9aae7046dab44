package org.posthorn.storage.account;

import java.util.List;
import org.posthorn.storage.engine.Batch;

/// What a draft lets go of because nothing needs it any more. Nobody sees that it is gone, so it
/// makes no version. Confined to the draft's thread.
final class DraftTrimming {
  private final DraftMessages messages;
  private final Batch rows;
  private long exactSince;
  private boolean any;

  DraftTrimming(AccountRow base, DraftMessages messages, Batch rows) {
    this.exactSince = base.exactSince();
    this.messages = messages;
    this.rows = rows;
  }

  /// Lets go of the history up to a version. What the history alone needed is noted, to be
  /// forgotten next.
  void forget(OldHistory old) {
    if (old.after() != exactSince) {
      return; // Somebody else was faster.
    }
    rows.deleteRange(Keys.changes(), Keys.change(old.until() + 1));
    for (int mailbox : old.mailboxes()) {
      rows.deleteRange(Keys.vanished(mailbox, 0), Keys.vanished(mailbox, old.until() + 1));
    }
    List<byte[]> pieces = old.emailPieces();
    for (int i = 0; i < pieces.size(); i++) {
      rows.put(Keys.forgotten(old.until(), i), pieces.get(i));
    }
    rows.put(Keys.history(), Rows.number(old.last().toEpochMilli()));
    exactSince = old.until();
    any = true;
  }

  /// Lets go of emails that nothing needs any more. Ones that are gone already are left out.
  int forgetEmails(List<Long> emails) {
    int count = messages.forget(emails);
    any |= count > 0;
    return count;
  }

  /// The notes of [#forget] are dealt with.
  void forgetNotes(List<byte[]> notes) {
    notes.forEach(rows::delete);
    any |= !notes.isEmpty();
  }

  /// Lets go of message ids that lead to threads without an email. False, and nothing is done, when
  /// emails came in after `lastEmailId`.
  boolean forgetThreads(List<byte[]> ids, long lastEmailId) {
    if (messages.nextEmailId() != lastEmailId + 1) {
      return false;
    }
    ids.forEach(rows::delete);
    any |= !ids.isEmpty();
    return true;
  }

  boolean any() {
    return any;
  }

  /// The version from which on the history is whole.
  long exactSince() {
    return exactSince;
  }
}
