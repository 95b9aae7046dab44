package org.posthorn.storage.share;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.User;

/// Gives rights in mailboxes, and knows what a login sees of other accounts. Safe for use by many
/// threads.
public final class Sharing {
  private final Directory directory;
  private final Accounts accounts;
  private final SharingConfig config;
  private final Set<AccountId> unreadable = ConcurrentHashMap.newKeySet();

  public Sharing(Directory directory, Accounts accounts, SharingConfig config) {
    this.directory = directory;
    this.accounts = accounts;
    this.config = config;
  }

  /// How rights are changed (RFC 4314 §3.1).
  public enum Mode {
    REPLACE,
    ADD,
    REMOVE
  }

  /// What `login`, whose own account is `own`, sees.
  public Visitor visitor(MailAddress login, Account own) {
    return new Visitor(login, own, directory, accounts, config, unreadable);
  }

  /// What the user of a login sees; empty where there is none, or one that may not log in.
  public Optional<Visitor> visitor(MailAddress login) {
    return directory
        .user(login)
        .filter(User::enabled)
        .flatMap(user -> accounts.find(user.account()).map(own -> visitor(user.login(), own)));
  }

  /// Changes the rights of an identifier in a mailbox of the account of `owner`. Throws
  /// [DirectoryException] when nobody is called that, or somebody who may be given nothing.
  public void change(
      Account account, MailboxId mailbox, Identifier who, Mode mode, Rights rights, Actor actor) {
    if (mode != Mode.REMOVE && !rights.isEmpty()) {
      check(who);
      // Before the change, so that no crash leaves a right that nobody finds.
      directory.shares().note(who.domain(), who.name(), account.id());
    }
    var _ =
        account.change(
            actor,
            draft -> {
              Rights before = draft.acl(mailbox).of(who.toString());
              draft.setRights(mailbox, who.toString(), changed(before, mode, rights));
              return draft;
            });
    // The account itself has rung where it is watched; who could see nothing of it did not watch.
    directory.wake(user -> isMeant(user, who));
  }

  private boolean isMeant(MailAddress user, Identifier who) {
    return switch (who.kind()) {
      case LOGIN -> user.equals(who.address());
      case GROUP -> directory.groups().with(user).contains(who.address());
      case ANYONE -> user.domain().equals(who.ofOwner());
    };
  }

  private static Rights changed(Rights before, Mode mode, Rights rights) {
    return switch (mode) {
      case REPLACE -> rights;
      case ADD -> before.with(rights);
      case REMOVE -> before.without(rights);
    };
  }

  /// The identifier that somebody wrote, in its canonical form. Throws
  /// [DirectoryException.NotPermitted] when it can be none.
  public static Identifier identifier(String text, Domain ofOwner) {
    return Identifier.parse(text, ofOwner);
  }

  private void check(Identifier who) {
    switch (who.kind()) {
      case ANYONE -> {}
      case GROUP -> {
        if (!directory.groups().isThere(who.address())) {
          throw new DirectoryException.NoSuchGroup(who.address());
        }
      }
      case LOGIN -> {
        if (directory.user(who.address()).isEmpty()) {
          throw new DirectoryException.NoSuchUser(who.address());
        }
      }
    }
    if (!config.acrossDomains() && !who.domain().equals(who.ofOwner())) {
      throw new DirectoryException.NotPermitted(
          "Mail is shared within a domain only: "
              + who.address()
              + " is of another one (storage.sharing.across-domains)");
    }
  }
}
