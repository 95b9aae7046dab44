package org.posthorn.mailets.match;

import java.util.List;
import java.util.function.Supplier;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;

/// Matchers that ask who is at home here. The directory and the accounts are taken when a matcher
/// is made.
record DirectoryMatchers(Supplier<Directory> directory, Supplier<Accounts> accounts) {
  List<MatcherFactory<?>> all() {
    return List.of(senderIsLocal(), senderHasMailbox(), recipientHasMailbox(), isOverQuota());
  }

  /// Mail with an envelope sender in a domain of this server: `SenderIsLocal`. Anybody can claim
  /// that; who must have logged in is chosen by `IsAuthenticated`.
  private MatcherFactory<?> senderIsLocal() {
    return Shipped.ofMails(
        "SenderIsLocal",
        "Mail whose envelope sender is in a domain of this server, true or not.",
        NoParameters.class,
        _ -> {
          Directory here = directory.get();
          return mail -> mail.sender().filter(one -> here.isLocal(one.domain())).isPresent();
        });
  }

  /// Mail with the envelope sender of somebody who has a mailbox here: `SenderHasMailbox`.
  private MatcherFactory<?> senderHasMailbox() {
    return Shipped.ofMails(
        "SenderHasMailbox",
        "Mail whose envelope sender has a mailbox here, true or not.",
        NoParameters.class,
        _ -> {
          Directory here = directory.get();
          return mail -> mail.sender().filter(one -> hasMailbox(here, one)).isPresent();
        });
  }

  /// Recipients who have a mailbox here that may receive: `RecipientHasMailbox`. Aliases are none.
  private MatcherFactory<?> recipientHasMailbox() {
    return Shipped.ofRecipients(
        "RecipientHasMailbox",
        "Recipients who have a mailbox here; aliases are none.",
        NoParameters.class,
        _ -> {
          Directory here = directory.get();
          return recipient -> hasMailbox(here, recipient.address());
        });
  }

  /// Recipients in whose mailbox there is no room for this message: `IsOverQuota`.
  private MatcherFactory<?> isOverQuota() {
    return new Shipped<>(
        "IsOverQuota",
        "Recipients whose mailbox has no room for the message.",
        NoParameters.class,
        (_, _) -> {
          Directory here = directory.get();
          Accounts rooms = accounts.get();
          return mail -> {
            long sizeBytes = mail.message().sizeBytes();
            return mail.recipients().stream()
                .filter(recipient -> !hasRoom(here, rooms, recipient.address(), sizeBytes))
                .toList();
          };
        });
  }

  private static boolean hasMailbox(Directory directory, MailAddress address) {
    return directory.resolve(address) instanceof Resolution.Mailbox;
  }

  private static boolean hasRoom(
      Directory directory, Accounts accounts, MailAddress address, long sizeBytes) {
    return !(directory.resolve(address) instanceof Resolution.Mailbox mailbox)
        || accounts
            .find(mailbox.user().account())
            .map(Account::quota)
            .map(quota -> quota.hasRoomFor(sizeBytes))
            .orElse(true);
  }
}
