package org.posthorn.storage.directory;

import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.Rights;

/// Which accounts may have shared something with whom, so that nobody has to look through all of
/// them. It is noted before the account's own change, and never less than the truth: an account
/// that is named here and shares nothing (any more) costs whoever asks a look. Safe for use by many
/// threads.
public final class ShareIndex {
  private static final String NEGATIVE = "-";
  private static final Actor ACTOR = new Actor("directory", "admin", "");

  private final Domains domains;
  private final Accounts accounts;

  ShareIndex(Domains domains, Accounts accounts) {
    this.domains = domains;
    this.accounts = accounts;
  }

  /// Durable when this returns. `identifier` is one of `domain`.
  public void note(Domain domain, String identifier, AccountId account) {
    if (!of(domain, Set.of(identifier)).contains(account)) {
      var _ =
          domains.change(
              domain,
              draft -> {
                var _ = draft.there();
                draft.putShare(identifier, account);
                return draft;
              });
    }
  }

  /// The accounts that may share something with any of these identifiers of a domain.
  public Set<AccountId> of(Domain domain, Collection<String> identifiers) {
    var all = new HashSet<AccountId>();
    domains
        .state(domain)
        .ifPresent(state ->
            identifiers.forEach(
                identifier -> state.shares().find(identifier).ifPresent(all::addAll)));
    return all;
  }

  /// Wakes the sessions of such users, since what they may see of others has changed.
  public void wake(Predicate<MailAddress> users) {
    accounts.ring(login -> MailAddress.parse(login).filter(users).isPresent());
  }

  /// Notes all that an account of somebody in `domain` shares, which came here with its lists of
  /// rights.
  void noteAll(Domain domain, AccountId owned) {
    accounts
        .find(owned)
        .ifPresent(account ->
            account.mailboxes().stream()
                .flatMap(mailbox -> account.acl(mailbox.id()).entries().keySet().stream())
                .distinct()
                .forEach(who -> noteThere(domain, who, account.id())));
  }

  /// The entry of a domain that is not here finds nobody.
  private void noteThere(Domain ofOwner, String entry, AccountId account) {
    String who = entry.startsWith(NEGATIVE) ? entry.substring(1) : entry;
    int at = who.lastIndexOf('@');
    Optional<Domain> home = at < 0 ? Optional.of(ofOwner) : Domain.parse(who.substring(at + 1));
    home.filter(domains::isLocal).ifPresent(domain -> note(domain, who, account));
  }

  /// Before a login gets another name: what was shared with it is shared with that too.
  void alsoTo(Domain domain, String from, String to) {
    for (AccountId id : of(domain, Set.of(from))) {
      note(domain, to, id);
      edit(id, from, (draft, mailbox) -> draft.giveRightsAlso(mailbox, from, to));
    }
  }

  /// Takes the rights of an identifier that is no more, so that nobody inherits them who is called
  /// the same one day. The accounts `going` are on their way out with it: one of them that cannot
  /// be read stands in nobody's way.
  void forget(Domain domain, String identifier, Set<AccountId> going) {
    takeBack(domain, identifier, going);
    var _ =
        domains.change(
            domain,
            draft -> {
              draft.removeShares(identifier);
              return draft;
            });
  }

  /// The same, and it may be that the identifier stays after all.
  void takeBack(Domain domain, String identifier, Set<AccountId> going) {
    for (AccountId id : of(domain, Set.of(identifier))) {
      try {
        edit(id, identifier, (draft, mailbox) -> takeFrom(draft, mailbox, identifier));
      } catch (StorageUnavailable e) {
        if (!going.contains(id)) {
          throw e;
        }
      }
    }
  }

  private static void takeFrom(AccountDraft draft, MailboxId mailbox, String identifier) {
    draft.setRights(mailbox, identifier, Rights.NONE);
    draft.setRights(mailbox, NEGATIVE + identifier, Rights.NONE);
  }

  /// Changes each mailbox that is shared.
  private void edit(AccountId id, String sharesWith, BiConsumer<AccountDraft, MailboxId> change) {
    try {
      find(id, sharesWith).ifPresent(account -> edit(account, change));
    } catch (MailboxException.AccountGone _) {
      // Then it shares nothing.
    }
  }

  private static void edit(Account account, BiConsumer<AccountDraft, MailboxId> change) {
    var _ =
        account.change(
            ACTOR,
            draft -> {
              draft.shared().forEach(mailbox -> change.accept(draft, mailbox));
              return draft;
            });
  }

  /// One that cannot be read stands in the way: what it gave away could not be taken back.
  private Optional<Account> find(AccountId id, String sharesWith) {
    try {
      return accounts.find(id);
    } catch (MailboxException.AccountGone gone) {
      throw gone;
    } catch (StorageUnavailable
        | MailboxException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      throw new StorageUnavailable(
          "Account %s, which may share something with %s, cannot be read: see  posthorn verify"
              .formatted(id, sharesWith),
          e);
    }
  }
}
