package org.posthorn.storage.directory;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Acl;
import org.posthorn.storage.account.Actor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Users come, go and get other names together with their accounts, which are partitions of their
/// own: no commit makes both. So an account is noted as unwanted in the domain before it is made,
/// and with the deletion of its user before it is erased; after a crash in between the next start
/// erases it. Changes are durable when they return, and throw [DirectoryException] when they
/// decline. Safe for use by many threads.
public final class UserAccounts {
  private static final Logger log = LoggerFactory.getLogger(UserAccounts.class);
  private static final Actor ACTOR = new Actor("directory", "admin", "");
  private static final int ID_LENGTH = 20;
  private static final String ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final Domains domains;
  private final Accounts accounts;
  private final Passwords passwords;
  private final UserSecrets secrets;
  private final ShareIndex shares;
  private final FormerNames formerNames;
  private final LoginSessions sessions;
  private final SecureRandom random = new SecureRandom();

  /// Writes an account under a new id; `replaced` is the one that goes for it.
  @FunctionalInterface
  public interface AccountSource {
    void write(AccountId account, Optional<AccountId> replaced);
  }

  UserAccounts(
      Domains domains,
      Accounts accounts,
      Passwords passwords,
      UserSecrets secrets,
      ShareIndex shares,
      FormerNames formerNames,
      LoginSessions sessions) {
    this.domains = domains;
    this.accounts = accounts;
    this.passwords = passwords;
    this.secrets = secrets;
    this.shares = shares;
    this.formerNames = formerNames;
    this.sessions = sessions;
  }

  /// The users of a domain in the order of their names, after the name `after` (empty: from the
  /// first).
  public List<User> page(Domain domain, String after, int limit) {
    return domains.users(domain, after, limit);
  }

  /// Makes a user and an account with the standard folders.
  public User create(NewUser wanted) {
    checkLogin(AddressBook.canonical(wanted.address()));
    return createAgain(wanted);
  }

  private User create(User user, Optional<LoginSecrets> known, List<Accounts.Folder> folders) {
    MailAddress address = user.login();
    Domain domain = address.domain();
    AccountId account = user.account();
    mark(domain, account);
    var _ =
        accounts.create(
            account,
            ACTOR,
            new Accounts.NewAccount(address.toString(), user.allowance().quota(), folders));
    try {
      return domains.change(
          domain,
          draft -> {
            draft.there().checkFree(address);
            draft.putUser(address.localPart(), new UserRow(user, random.nextLong()));
            known.ifPresent(what -> draft.putSecrets(account, what));
            draft.unwanted(account, false);
            return user;
          });
    } catch (DirectoryException taken) {
      erase(domain, account);
      throw taken;
    }
  }

  /// Makes a user who was there before and whose mail was saved: also one whose name nobody is
  /// given any more.
  public User createAgain(NewUser wanted) {
    MailAddress address = AddressBook.canonical(wanted.address());
    checkFree(address);
    LoginSecrets fresh = passwords.secrets(wanted.password(), Optional.empty());
    var user =
        new User(
            address,
            newId(),
            true,
            wanted.allowance(),
            wanted.fullName(),
            OptionalInt.empty(),
            false);
    return create(user, Optional.of(fresh), Accounts.Folder.STANDARD);
  }

  /// Makes an account that nobody logs in to, with an INBOX: what is in it is for whom rights are
  /// given there, and for nobody before.
  public User createShared(MailAddress wanted, Allowance allowance, String fullName) {
    NewUser.checkName(fullName);
    MailAddress address = AddressBook.canonical(wanted);
    checkLogin(address);
    checkFree(address);
    var user = new User(address, newId(), true, allowance, fullName, OptionalInt.empty(), true);
    return create(user, Optional.empty(), List.of());
  }

  /// Makes a user from a backup, under the login `as`, whose account `fill` writes under the id
  /// that it is given. A user who is there already is given the new account in place of the old
  /// one, which is erased, with `replace`; password and settings stay those that are there,
  /// sessions end.
  public User restore(
      SavedDomain.SavedUser saved, MailAddress as, boolean replace, AccountSource fill) {
    MailAddress address = AddressBook.canonical(as);
    Domain domain = address.domain();
    Optional<User> replaced = domains.there(domain).user(address.localPart());
    if (replaced.isEmpty() || !replace) {
      checkFree(address);
    }
    var account = newId();
    mark(domain, account);
    try {
      fill.write(account, replaced.map(User::account));
      shares.noteAll(domain, account);
      User restored =
          domains.change(domain, draft -> putRestored(draft, saved, address, account, replaced));
      try {
        replaced.ifPresent(old -> sessions.end(old.account(), _ -> true));
        applyAllowance(restored);
      } finally {
        replaced.ifPresent(old -> eraseIfPossible(domain, old.account()));
      }
      return restored;
    } catch (RuntimeException failed) {
      if (!isOf(address, account)) {
        erase(domain, account);
      }
      throw failed;
    }
  }

  private User putRestored(
      DomainDraft draft,
      SavedDomain.SavedUser saved,
      MailAddress address,
      AccountId account,
      Optional<User> replaced) {
    String name = address.localPart();
    UserRow row = saved.row().login(address);
    Optional<LoginSecrets> known = saved.secrets();
    Personal personal = saved.personal();
    if (replaced.isPresent()) {
      row = draft.there().row(address);
      AccountId old = row.user().account();
      if (!old.equals(replaced.get().account())) {
        throw new DirectoryException.UserExists(address);
      }
      known = secrets.of(row.user());
      draft.removeSecrets(old);
      personal = draft.there().personal().find(old.value()).orElse(Personal.NONE);
      draft.putPersonal(old.value(), Personal.NONE);
      draft.unwanted(old, true);
    } else {
      draft.there().checkFree(address);
    }
    UserRow restored = row.account(account).stamp(random.nextLong());
    draft.putUser(name, restored);
    known.ifPresent(what -> draft.putSecrets(account, what));
    draft.putPersonal(account.value(), personal);
    draft.unwanted(account, false);
    return restored.user();
  }

  private boolean isOf(MailAddress login, AccountId account) {
    return domains
        .state(login.domain())
        .flatMap(state -> state.user(login.localPart()))
        .filter(user -> user.account().equals(account))
        .isPresent();
  }

  /// Deletes a user, ends the sessions, and then deletes the account with all that is in it.
  public void delete(MailAddress login) {
    delete(login, Set.of());
  }

  /// Deletes a user, ends the sessions, and then deletes the account. The accounts `going` go with
  /// it.
  void delete(MailAddress login, Set<AccountId> going) {
    MailAddress address = AddressBook.canonical(login);
    if (Acl.canMeanLogin(address.toString())
        && domains.there(address.domain()).user(address.localPart()).isPresent()) {
      // An account that stands in the way does so before anything is gone.
      shares.takeBack(address.domain(), address.toString(), going);
    }
    AccountId account =
        domains.change(
            address.domain(),
            draft -> {
              User user = draft.there().row(address).user();
              draft.removeUser(address.localPart());
              draft.renameMember(address.localPart(), Optional.empty());
              draft.removeSecrets(user.account());
              draft.putPersonal(user.account().value(), Personal.NONE);
              draft.unwanted(user.account(), true);
              draft.former(address.localPart(), true);
              return user.account();
            });
    sessions.end(account, _ -> true);
    try {
      formerNames.takeRights(address.domain(), address.localPart(), going);
    } finally {
      erase(address.domain(), account);
    }
  }

  /// Gives a user another name in the same domain; mail and password stay. Sessions end: they would
  /// go on under the name before, which may be somebody else's next.
  public User rename(MailAddress from, MailAddress to) {
    return rename(from, to, false);
  }

  /// With `keepAlias` the name before leads to the new one, without a moment between. An alias that
  /// leads to this user alone gives its name to the user. If a crash comes between directory and
  /// account, the next start puts it right; rights that the name before still has with others are
  /// taken then, or before anybody gets it.
  public User rename(MailAddress from, MailAddress to, boolean keepAlias) {
    MailAddress before = AddressBook.canonical(from);
    MailAddress after = AddressBook.canonical(to);
    if (!before.domain().equals(after.domain())) {
      throw new DirectoryException.NotPermitted(
          "A user stays in the domain: create " + to + " and move the mail");
    }
    checkLogin(after);
    Domain domain = before.domain();
    User renamed = formerNames.alone(domain, () -> called(before, after, keepAlias));
    sessions.end(renamed.account(), _ -> true);
    // The name before is noted as a former one until both are done.
    try {
      applyOwner(renamed);
    } finally {
      formerNames.takeRightsAlready(domain, before.localPart());
    }
    formerNames.takeRights(domain, before.localPart(), Set.of());
    return renamed;
  }

  private User called(MailAddress before, MailAddress after, boolean keepAlias) {
    Domain domain = before.domain();
    String name = after.localPart();
    var _ = domains.there(domain).row(before);
    domains.there(domain).checkFree(after, before);
    formerNames.takeRights(domain, name, Set.of());
    try {
      // Until it is the user's, what the new name has is nobody's, whatever comes between.
      formerNames.note(domain, name, true);
      if (Acl.canMeanLogin(before.toString())) {
        shares.alsoTo(domain, before.toString(), after.toString());
      }
      return domains.change(domain, draft -> renamed(draft, before, after, keepAlias));
    } catch (RuntimeException failed) {
      formerNames.takeRightsIfPossible(domain, name);
      throw failed;
    }
  }

  private static User renamed(
      DomainDraft draft, MailAddress before, MailAddress after, boolean keepAlias) {
    UserRow row = draft.there().row(before).login(after);
    draft.there().checkFree(after, before);
    draft.removeUser(before.localPart());
    if (draft.there().aliases().has(after.localPart())) {
      draft.removeAlias(after.localPart());
    }
    draft.putUser(after.localPart(), row);
    if (keepAlias) {
      draft.putAlias(before.localPart(), List.of(after));
    }
    draft.renameMember(before.localPart(), Optional.of(after.localPart()));
    draft.former(before.localPart(), true);
    draft.former(after.localPart(), false);
    return row.user();
  }

  /// Who was called so before stays as he is, and has no rights by his name.
  private static void checkLogin(MailAddress address) {
    if (!Acl.canMeanLogin(address.localPart())) {
      throw new DirectoryException.NotPermitted(
          "The name of a user does not begin with $ or -: in lists of rights $team is a group, and"
              + " -ann takes rights from ann");
    }
  }

  /// Also of what a user before had under the name.
  private void checkFree(MailAddress address) {
    domains.there(address.domain()).checkFree(address);
    formerNames.takeRights(address.domain(), address.localPart(), Set.of());
  }

  /// The account is to have what its user may keep: as the directory says by then, since two may
  /// change it at once.
  void applyAllowance(User user) {
    accounts
        .find(user.account())
        .ifPresent(account ->
            account.change(
                ACTOR,
                draft -> {
                  draft.setQuota(now(user).orElse(user).allowance().quota());
                  return draft;
                }));
  }

  /// The account is to name its user, who may be called otherwise by then.
  void applyOwner(User user) {
    accounts
        .find(user.account())
        .ifPresent(account ->
            account.change(
                ACTOR,
                draft -> {
                  now(user).ifPresent(same -> draft.setOwner(same.login().toString()));
                  return draft;
                }));
  }

  /// What the directory says of a user now; empty when nobody of that account is called so.
  private Optional<User> now(User user) {
    return domains
        .state(user.login().domain())
        .flatMap(state -> state.user(user.login().localPart()))
        .filter(same -> same.account().equals(user.account()));
  }

  /// Before an account is made or deleted beside the directory: if a crash comes, it is erased.
  private void mark(Domain domain, AccountId account) {
    var _ =
        domains.change(
            domain,
            draft -> {
              var _ = draft.there();
              draft.unwanted(account, true);
              return draft;
            });
  }

  private void erase(Domain domain, AccountId account) {
    accounts.delete(account);
    var _ =
        domains.change(
            domain,
            draft -> {
              var _ = draft.there();
              draft.unwanted(account, false);
              return draft;
            });
  }

  /// Completes what a crash has left of users and groups that were not made yet, are no more, or
  /// are called otherwise.
  void complete(DomainState domain) {
    domain.unwanted().forEach(account -> eraseIfPossible(domain.domain(), account));
    if (!domain.former().isEmpty()) {
      domain.everybody().forEach(this::applyOwnerIfOther);
    }
    domain.former().forEach(name -> formerNames.takeRightsIfPossible(domain.domain(), name));
  }

  /// What stands in the way stops nobody: [DirectoryCheck] tells of it.
  private void applyOwnerIfOther(User user) {
    try {
      Optional<String> owner = accounts.owner(user.account());
      if (owner.filter(login -> !login.equals(user.login().toString())).isPresent()) {
        applyOwner(user);
      }
    } catch (RuntimeException e) {
      log.atError().addKeyValue("login", user.login()).setCause(e).log("owner-not-named");
    }
  }

  /// What stands in the way stops nobody: it is tried again at the next start.
  private void eraseIfPossible(Domain domain, AccountId account) {
    try {
      erase(domain, account);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("domain", domain)
          .addKeyValue("account", account)
          .setCause(e)
          .log("account-not-erased");
    }
  }

  private AccountId newId() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    return new AccountId(id.toString());
  }
}
