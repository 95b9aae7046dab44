package org.posthorn.storage.account;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.engine.PartitionOwner;

/// Brings the mailboxes of an account into memory for whoever looks at them, as far as there is
/// room: beside its changes, and amid them where these come too fast. Safe for use by many threads.
final class MailboxOpening {
  private static final int OPTIMISTIC_READS = 2;

  private final AccountId account;
  private final Rows rows;
  private final Views views;
  private final HeapWatch memory;
  private final Supplier<AccountState> now;
  private final PartitionOwner<AccountState, Draft> owner;

  /// `now` is the state of `owner`, as long as the account is there.
  MailboxOpening(
      AccountId account,
      Rows rows,
      Views views,
      HeapWatch memory,
      Supplier<AccountState> now,
      PartitionOwner<AccountState, Draft> owner) {
    this.account = account;
    this.rows = rows;
    this.views = views;
    this.memory = memory;
    this.now = now;
    this.owner = owner;
  }

  /// Empty when the mailbox was deleted. `held` is an older view that somebody has. Throws
  /// [org.posthorn.storage.StorageUnavailable] also when there is no memory for it now.
  Optional<MailboxView> view(MailboxId mailbox, Optional<MailboxView> held) {
    for (int i = 0; i < OPTIMISTIC_READS; i++) {
      AccountState state = now.get();
      Mailbox found = state.find(mailbox.value());
      if (found == null) {
        return Optional.empty();
      }
      Spine spine = spine(found, held);
      if (spine != null) {
        return Optional.of(new ChunkedView(state.info(found), spine));
      }
    }
    return owner.change(draft -> viewAlone(draft, mailbox));
  }

  /// The same as a reader sees it whose account is another one.
  Optional<MailboxView> view(MailboxId mailbox, AccountId reader, Optional<MailboxView> held) {
    AccountState state = now.get();
    Mailbox found = state.find(mailbox.value());
    if (found == null) {
      return Optional.empty();
    }
    Reader known = state.names().readers().get(new Reader.Key(mailbox.value(), reader.value()));
    Marks marks = known == null ? Marks.NONE : known.marks();
    Spine spine = marks == null ? null : spine(found, held);
    if (spine == null || marks == null) {
      return owner.change(draft -> viewAloneAs(draft, mailbox, reader));
    }
    long highest = known == null ? 0 : known.highestModSeq();
    return Optional.of(new ReaderView(new ChunkedView(state.info(found), spine), marks, highest));
  }

  private static Optional<MailboxView> viewAloneAs(
      Draft draft, MailboxId mailbox, AccountId reader) {
    try {
      return Optional.of(draft.viewAs(mailbox, reader));
    } catch (MailboxException.NotFound _) {
      return Optional.empty();
    }
  }

  /// The placements in memory, or read now; null when a change came between.
  private @Nullable Spine spine(Mailbox mailbox, Optional<MailboxView> held) {
    var place = new Views.Place(account, mailbox.id());
    Spine known = mailbox.spine();
    if (known != null) {
      views.used(place);
      return known;
    }
    Optional<Spine> same = held.flatMap(view -> ChunkedView.spineOf(view, mailbox.row()));
    if (same.isPresent()) {
      // It is in memory as long as it is held, so it may serve others too.
      mailbox.keep(same.get());
      views.kept(place, same.get());
      return same.get();
    }
    views.missed();
    if (held.isEmpty()) {
      memory.checkRoomFor(viewBytes(mailbox));
    }
    Optional<Spine> loaded = rows.spine(mailbox.row(), List.of());
    loaded.ifPresent(spine -> {
      mailbox.keep(spine);
      views.kept(place, spine);
    });
    return loaded.orElse(null);
  }

  private static long viewBytes(Mailbox mailbox) {
    return (long) mailbox.row().messages() * Chunk.MESSAGE_BYTES;
  }

  private static Optional<MailboxView> viewAlone(Draft draft, MailboxId mailbox) {
    try {
      return Optional.of(draft.view(mailbox));
    } catch (MailboxException.NotFound _) {
      return Optional.empty();
    }
  }

  /// Whether a mailbox is in memory or there is room for it.
  boolean hasMemoryFor(MailboxId mailbox) {
    Mailbox found = now.get().find(mailbox.value());
    return found == null || found.spine() != null || memory.hasRoomFor(viewBytes(found));
  }
}
