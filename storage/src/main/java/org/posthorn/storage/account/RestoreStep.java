package org.posthorn.storage.account;

import java.util.List;
import java.util.Optional;

/// One thing that a restore does. Mailboxes have the names that they have once all of them are
/// renamed.
public sealed interface RestoreStep {
  /// A mailbox that came since goes, with `messages` that were elsewhere then or came since too.
  record RemoveMailbox(MailboxId mailbox, MailboxName name, int messages) implements RestoreStep {}

  record RenameMailbox(MailboxId mailbox, MailboxName from, MailboxName to)
      implements RestoreStep {}

  record ChangeUse(MailboxId mailbox, MailboxName name, Optional<SpecialUse> use)
      implements RestoreStep {}

  /// Again, with a UIDVALIDITY of its own.
  record CreateMailbox(MailboxName name, Optional<SpecialUse> use) implements RestoreStep {}

  record Subscribe(MailboxName name, boolean subscribed) implements RestoreStep {}

  /// Messages that were not there then leave the mailbox; the history keeps them.
  record TakeOut(MailboxName from, UidSet uids) implements RestoreStep {}

  /// Flags become what they were then.
  record ChangeFlags(MailboxName in, UidSet uids, Flags to) implements RestoreStep {}

  /// Messages that are gone come back with the flags that they had then, and with new UIDs.
  record BringBack(MailboxName into, List<Vanished> messages) implements RestoreStep {
    public BringBack {
      messages = List.copyOf(messages);
    }
  }
}
