package org.posthorn.app.transfer.account;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SpecialUse;

/// The mailbox that a folder from elsewhere becomes.
record TargetMailbox(MailboxId id, MailboxName name, boolean made) {
  /// The mailbox of the folder's name, made when there is none. A folder for a special use goes
  /// into the account's mailbox for it (`sameUse`), whatever the two are called; where that one is
  /// empty and the folder's name is dear to its user, the mailbox takes the name.
  static TargetMailbox of(AccountDraft draft, Frame.Folder folder, Optional<MailboxId> sameUse) {
    var name = new MailboxName(folder.name());
    Optional<MailboxInfo> other =
        sameUse.map(draft::mailbox).filter(mailbox -> !mailbox.name().equals(name));
    if (other.isPresent()) {
      return instead(draft, other.get(), name, folder);
    }
    Optional<MailboxInfo> there = draft.find(name);
    MailboxInfo info = there.orElseGet(() -> draft.create(name, use(folder.use())));
    if (folder.subscribed()) {
      draft.subscribe(name, true);
    }
    return new TargetMailbox(info.id(), name, there.isEmpty());
  }

  private static TargetMailbox instead(
      AccountDraft draft, MailboxInfo mailbox, MailboxName name, Frame.Folder folder) {
    boolean rename =
        folder.keepName()
            && mailbox.messages() == 0
            && !mailbox.name().isInbox()
            && !name.isBelow(mailbox.name())
            && draft.find(name).isEmpty();
    if (rename) {
      draft.subscribe(mailbox.name(), false);
      draft.rename(mailbox.id(), name);
    }
    MailboxName now = rename ? name : mailbox.name();
    if (folder.subscribed()) {
      draft.subscribe(now, true);
    }
    return new TargetMailbox(mailbox.id(), now, false);
  }

  /// A name that no mailbox can have is left out.
  static void subscribe(AccountDraft draft, String name) {
    try {
      draft.subscribe(new MailboxName(name), true);
    } catch (MailboxException.NotPermitted | MailboxException.LimitReached _) {
      // Nobody misses a subscription to nothing.
    }
  }

  private static Optional<SpecialUse> use(String attribute) {
    return Arrays.stream(SpecialUse.values())
        .filter(use -> use.attribute().equalsIgnoreCase(attribute))
        .findFirst();
  }

  /// The one of these mailboxes that is for a use.
  static Optional<MailboxId> withUse(List<MailboxInfo> mailboxes, String attribute) {
    Optional<SpecialUse> wanted = use(attribute);
    return mailboxes.stream()
        .filter(mailbox -> wanted.isPresent() && mailbox.specialUse().equals(wanted))
        .map(MailboxInfo::id)
        .findFirst();
  }
}
