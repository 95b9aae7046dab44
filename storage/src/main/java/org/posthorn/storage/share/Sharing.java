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

  /// Changes the rights of an identifier in a mailbox of an account. A login in a second name of a
  /// domain is that of the first. Throws [DirectoryException] when nobody is called that, or
  /// somebody who may be given nothing.
  public void change(
      Account account, MailboxId mailbox, Identifier who, Mode mode, Rights rights, Actor actor) {
    boolean gives = mode != Mode.REMOVE && !rights.isEmpty();
    boolean asItStands = !gives && account.acl(mailbox).entries().containsKey(who.toString());
    Identifier meant = asItStands ? who : meant(who);
    if (gives) {
      check(meant);
      // Before the change, so that no crash leaves a right that nobody finds.
      directory.shares().note(meant.domain(), meant.name(), account.id());
    }
    set(account, mailbox, meant, mode, rights, actor);
    if (gives && !isThere(meant)) {
      // Gone meanwhile, perhaps after others took back what they had given: whoever is called the
      // same one day is not to have it.
      set(account, mailbox, meant, Mode.REPLACE, Rights.NONE, actor);
      check(meant);
    }
    // The account itself has rung where it is watched; who could see nothing of it did not watch.
    directory.shares().wake(user -> isMeant(user, meant));
  }

  private static void set(
      Account account, MailboxId mailbox, Identifier who, Mode mode, Rights rights, Actor actor) {
    var _ =
        account.change(
            actor,
            draft -> {
              Rights before = draft.acl(mailbox).of(who.toString());
              draft.setRights(mailbox, who.toString(), changed(before, mode, rights));
              return draft;
            });
  }

  private Identifier meant(Identifier who) {
    return who.kind() == Identifier.Kind.LOGIN
        ? directory.user(who.address()).map(user -> who.called(user.login())).orElse(who)
        : who;
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

  private boolean isThere(Identifier who) {
    return switch (who.kind()) {
      case ANYONE -> true;
      case GROUP -> directory.groups().isThere(who.address());
      case LOGIN -> directory.user(who.address()).isPresent();
    };
  }

  private void check(Identifier who) {
    if (!isThere(who)) {
      throw who.kind() == Identifier.Kind.GROUP
          ? new DirectoryException.NoSuchGroup(who.address())
          : new DirectoryException.NoSuchUser(who.address());
    }
    if (!config.acrossDomains() && !who.domain().equals(who.ofOwner())) {
      throw new DirectoryException.NotPermitted(
          "Mail is shared within a domain only: "
              + who.address()
              + " is of another one (storage.sharing.across-domains)");
    }
  }
}
