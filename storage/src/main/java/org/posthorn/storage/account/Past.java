package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.posthorn.storage.engine.Page;

/// What is known of an account's past: its changes, and what they took out of mailboxes. Whoever
/// asks for what was before the history begins gets [MailboxException.HistoryTrimmed], also when it
/// is forgotten while it is read. Safe for use by many threads.
final class Past {
  private final Rows rows;
  private final Supplier<AccountState> state;

  Past(Rows rows, Supplier<AccountState> state) {
    this.rows = rows;
    this.state = state;
  }

  /// UIDs that changes after `modSeq` took out of a mailbox, those of them that are wanted.
  UidSet vanishedSince(MailboxId mailbox, long modSeq, LongPredicate wanted) {
    checkKnown(modSeq);
    long until = state.get().row().version();
    if (modSeq >= until) {
      return UidSet.NONE;
    }
    long[] uids = rows.vanishedUids(mailbox.value(), modSeq, until, wanted);
    checkStillKnown(modSeq);
    return UidSet.of(uids);
  }

  /// What changes after `modSeq` took out of a mailbox, also of one that was deleted.
  List<Vanished> vanished(MailboxId mailbox, long modSeq) {
    checkKnown(modSeq);
    long until = state.get().row().version();
    if (modSeq >= until) {
      return List.of();
    }
    List<Vanished> all = rows.vanished(mailbox.value(), modSeq, until);
    checkStillKnown(modSeq);
    return all;
  }

  /// At most `limit` changes after a version, in order.
  List<Change> changes(long afterVersion, int limit) {
    checkKnown(afterVersion);
    long until = state.get().row().version();
    if (afterVersion >= until) {
      return List.of();
    }
    var changes = new ArrayList<Change>();
    Optional<Page.Resume> resume = Optional.empty();
    var pieces = new ChangePieces();
    do {
      Page page =
          rows.page(Keys.change(afterVersion + 1), Keys.change(until + 1), limit + 1, resume);
      for (Page.Row row : page.rows()) {
        pieces.add(row).ifPresent(changes::add);
      }
      resume = page.resume();
    } while (resume.isPresent() && changes.size() < limit);
    if (resume.isEmpty()) {
      pieces.end().ifPresent(changes::add);
    }
    checkStillKnown(afterVersion);
    return changes.size() > limit ? List.copyOf(changes.subList(0, limit)) : changes;
  }

  private void checkKnown(long version) {
    checkKnown(version, state.get().row().exactSince());
  }

  private static void checkKnown(long version, long since) {
    if (version < since) {
      throw new MailboxException.HistoryTrimmed(
          "What was before version %d is not known any more; %d was asked for"
              .formatted(since, version));
    }
  }

  /// After reading: history may have been forgotten meanwhile, also by a commit that is not shown
  /// yet.
  private void checkStillKnown(long version) {
    rows.get(Keys.ACCOUNT)
        .ifPresent(row -> checkKnown(version, AccountRow.decode(row).exactSince()));
  }
}
