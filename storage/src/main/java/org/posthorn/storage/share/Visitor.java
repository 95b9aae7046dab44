package org.posthorn.storage.share;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Acl;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A login among the accounts of others: what it may do there, as of now at each call. In its own
/// account it may do everything. Safe for use by many threads.
public final class Visitor {
  private static final Logger log = LoggerFactory.getLogger(Visitor.class);

  private final MailAddress login;
  private final Account own;
  private final Directory directory;
  private final Accounts accounts;
  private final SharingConfig config;

  /// Accounts of which the log knows that they cannot be read; of all visitors.
  private final Set<AccountId> unreadable;

  Visitor(
      MailAddress login,
      Account own,
      Directory directory,
      Accounts accounts,
      SharingConfig config,
      Set<AccountId> unreadable) {
    this.login = login;
    this.own = own;
    this.directory = directory;
    this.accounts = accounts;
    this.config = config;
    this.unreadable = unreadable;
  }

  /// Somebody who has shared something, perhaps.
  public record Host(User user, Account account) {}

  public MailAddress login() {
    return login;
  }

  public Account own() {
    return own;
  }

  public boolean owns(Account account) {
    return account.id().equals(own.id());
  }

  /// What the login may do with a mailbox; nothing when there is no such mailbox.
  public Rights rights(Account account, MailboxId mailbox) {
    if (owns(account)) {
      return Rights.ALL;
    }
    Acl acl = account.acl(mailbox);
    if (acl.isEmpty()) {
      return Rights.NONE;
    }
    boolean neighbour = isNeighbour(account);
    return neighbour || config.acrossDomains() ? acl.of(identifiers(neighbour)) : Rights.NONE;
  }

  /// As whom the login reads in an account; empty in the own one.
  public Optional<AccountId> readerIn(Account account) {
    return owns(account) ? Optional.empty() : Optional.of(own.id());
  }

  /// A mailbox as the login sees it: in an account of others with its own `\Seen`.
  public Optional<MailboxView> view(Account account, MailboxId mailbox) {
    return owns(account) ? account.view(mailbox) : account.view(mailbox, own.id());
  }

  /// The same for a login that holds an older view of it, as [Account#view(MailboxId,
  /// MailboxView)].
  public Optional<MailboxView> view(Account account, MailboxId mailbox, MailboxView held) {
    return owns(account) ? account.view(mailbox, held) : account.view(mailbox, own.id(), held);
  }

  /// Accounts that may have shared something with the login, in the order of their owners. One that
  /// cannot be read is left out.
  public List<Host> hosts() {
    var hosts = new ArrayList<Host>();
    for (AccountId id : directory.shares().of(login.domain(), identifiers(true))) {
      if (!id.equals(own.id())) {
        hostIfSound(id).ifPresent(hosts::add);
      }
    }
    hosts.sort(Comparator.comparing(host -> host.user().login().toString()));
    return hosts;
  }

  /// The account of a user; empty for the own one and where there is none.
  public Optional<Host> host(MailAddress user) {
    return directory
        .user(user)
        .map(User::account)
        .filter(id -> !id.equals(own.id()))
        .flatMap(this::host);
  }

  private Optional<Host> host(AccountId id) {
    try {
      Optional<Account> account = accounts.find(id);
      return account
          .flatMap(there -> MailAddress.parse(there.owner()))
          .flatMap(directory::user)
          .filter(user -> user.account().equals(id))
          .map(user -> new Host(user, account.orElseThrow()));
    } catch (MailboxException.AccountGone _) {
      return Optional.empty();
    }
  }

  private Optional<Host> hostIfSound(AccountId id) {
    try {
      Optional<Host> host = host(id);
      unreadable.remove(id);
      return host;
    } catch (StorageUnavailable | IllegalArgumentException e) {
      if (unreadable.add(id)) {
        log.atError().addKeyValue("account", id).setCause(e).log("shared-mailboxes-hidden");
      }
      return Optional.empty();
    }
  }

  /// `anyone` is everybody of the owner's domain.
  private boolean isNeighbour(Account account) {
    return MailAddress.parse(account.owner())
        .filter(owner -> owner.domain().equals(login.domain()))
        .isPresent();
  }

  /// Everything that the login is called in lists of rights of its domain.
  public Set<String> identifiers() {
    return identifiers(true);
  }

  /// Everything that the login is called in lists of rights.
  private Set<String> identifiers(boolean anyone) {
    var identifiers = new LinkedHashSet<String>();
    if (Acl.canMeanLogin(login.toString())) {
      identifiers.add(login.toString());
    }
    directory.groups().with(login).forEach(group -> identifiers.add(Acl.GROUP + group.toString()));
    if (anyone) {
      identifiers.add(Acl.ANYONE);
    }
    return identifiers;
  }
}
