package org.posthorn.mailets;

import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SpecialUse;
import org.posthorn.storage.directory.Resolution;

/// The folder of a mailbox that mail goes into: with `subAddressing` the one that the address names
/// (`ann+Lists/Java@example.org`, in any case), where there is such a folder; else `folder`, which
/// may be a special use whatever the user calls the folder for it; else INBOX.
record TargetFolder(Optional<MailboxName> folder, boolean subAddressing) {
  /// It is made if need be.
  MailboxId in(Account account, AccountDraft draft, Resolution.Mailbox mailbox) {
    MailboxName name = name(account, mailbox, found -> draft.find(found).isPresent());
    return draft
        .find(name)
        .map(MailboxInfo::id)
        .orElseGet(() -> draft.create(name, Optional.empty()).id());
  }

  /// What it is called, without making it.
  MailboxName name(Account account, Resolution.Mailbox mailbox) {
    return name(account, mailbox, _ -> true);
  }

  /// `isThere`: whether what the account had is there still.
  private MailboxName name(
      Account account, Resolution.Mailbox mailbox, Predicate<MailboxName> isThere) {
    return named(account, mailbox, isThere)
        .or(() -> folder.map(name -> special(account, name, isThere).orElse(name)))
        .orElse(MailboxName.INBOX);
  }

  private Optional<MailboxName> named(
      Account account, Resolution.Mailbox mailbox, Predicate<MailboxName> isThere) {
    Optional<String> wanted = subAddressing ? mailbox.detail() : Optional.empty();
    return wanted.flatMap(detail ->
        account.mailboxes().stream()
            .map(MailboxInfo::name)
            .filter(name -> name.value().equalsIgnoreCase(detail))
            .filter(isThere)
            .findFirst());
  }

  private static Optional<MailboxName> special(
      Account account, MailboxName use, Predicate<MailboxName> isThere) {
    String attribute = "\\" + use.value();
    return account.mailboxes().stream()
        .filter(info ->
            info.specialUse()
                .map(SpecialUse::attribute)
                .filter(attribute::equalsIgnoreCase)
                .isPresent())
        .map(MailboxInfo::name)
        .filter(isThere)
        .findFirst();
  }
}
