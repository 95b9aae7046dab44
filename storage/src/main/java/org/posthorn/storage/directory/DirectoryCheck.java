package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.AccountSpace;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.RowReader;

/// Looks through the rows of domains for those that cannot be read, and for users whose account has
/// another quota or owner than their row says, which is what a crash in the middle of a change may
/// leave. Changes nothing unless it is to repair. Used by one thread.
public final class DirectoryCheck {
  private static final int PAGE = 1_000;

  private final Engine engine;
  private final Accounts accounts;
  private final Domains domains;
  private final UserAccounts users;
  private final UserSecrets secrets;
  private final ListBook lists;

  /// One thing that is wrong, or was put right; `where` is a domain or a login.
  public record Finding(String where, String what) {}

  private record Damage(Page.Row row, String what) {}

  DirectoryCheck(
      Engine engine,
      Accounts accounts,
      Domains domains,
      UserAccounts users,
      UserSecrets secrets,
      ListBook lists) {
    this.engine = engine;
    this.accounts = accounts;
    this.domains = domains;
    this.users = users;
    this.secrets = secrets;
    this.lists = lists;
  }

  /// What is wrong with a domain, and with what the accounts of its users say of them.
  public List<Finding> faults(Domain domain) {
    var found = new ArrayList<Finding>();
    damages(domain)
        .forEach(damage -> found.add(new Finding(domain.toString(), damage.what + " is damaged")));
    unsound(domain)
        .forEach(list ->
            found.add(
                new Finding(
                    list.address().toString(),
                    "its members by their domains are not those that it has")));
    users(domain).forEach(user -> found.addAll(accountFaults(user)));
    return found;
  }

  private List<MailingList> unsound(Domain domain) {
    return lists.of(domain).stream().filter(list -> !isSound(list)).toList();
  }

  /// Damaged rows are told by themselves.
  private boolean isSound(MailingList list) {
    try {
      return lists.isSound(list);
    } catch (StorageUnavailable | IllegalArgumentException | IndexOutOfBoundsException _) {
      return true;
    }
  }

  /// What the account of one user says otherwise than the user's row.
  public List<Finding> accountFaults(User user) {
    var found = new ArrayList<Finding>();
    String login = user.login().toString();
    account(user.account())
        .ifPresent(account -> {
          if (hasOtherQuota(account, user)) {
            found.add(
                new Finding(login, "the account has another quota than its user: set it again"));
          }
          if (hasOtherOwner(account, user)) {
            found.add(new Finding(login, "the account names another owner: " + account.owner()));
          }
        });
    return found;
  }

  private static boolean hasOtherQuota(Account account, User user) {
    return !account.ownQuota().equals(user.allowance().quota());
  }

  /// Some accounts are older than the names of owners in them.
  private static boolean hasOtherOwner(Account account, User user) {
    return !account.owner().isEmpty() && !account.owner().equals(user.login().toString());
  }

  /// Users without an account or a password, and accounts of nobody, of all domains.
  public List<String> mismatches() {
    var found = new ArrayList<String>();
    Set<AccountId> ownerless = allAccounts();
    Set<AccountId> all = Set.copyOf(ownerless);
    for (Domain domain : domains.names()) {
      for (User user : domains.state(domain).map(DomainState::everybody).orElse(List.of())) {
        ownerless.remove(user.account());
        if (!all.contains(user.account())) {
          found.add("User " + user.login() + " has no account: " + user.account() + " is gone");
        }
        if (!user.shared() && secrets.hash(user).isEmpty()) {
          found.add("User " + user.login() + " has no password: set one");
        }
      }
      domains.state(domain).ifPresent(state -> ownerless.removeAll(state.unwanted()));
    }
    ownerless.forEach(account -> found.add("Account " + account + " belongs to nobody"));
    return found;
  }

  private Set<AccountId> allAccounts() {
    Set<AccountId> all = new HashSet<>();
    List<AccountId> page = accounts.list(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = accounts.list(Optional.of(page.getLast()), PAGE);
    }
    return all;
  }

  /// Sets rows aside that cannot be read, and puts right what can be derived; says what was done.
  public List<Finding> repair(Domain domain) {
    var done = new ArrayList<Finding>();
    for (Damage damage : damages(domain)) {
      var _ =
          domains.change(
              domain,
              draft -> {
                draft.setAside(damage.row.key(), damage.row.value());
                return draft;
              });
      done.add(new Finding(domain.toString(), damage.what + " was set aside"));
      derived(domain, damage.row.key()).ifPresent(done::add);
    }
    for (MailingList list : unsound(domain)) {
      lists.mend(list);
      done.add(
          new Finding(
              list.address().toString(),
              "its members by their domains are made anew when they are asked for"));
    }
    for (User user : users(domain)) {
      done.addAll(repairAccount(user));
    }
    return done;
  }

  /// Lets the account of a user say what the user's row does.
  public List<Finding> repairAccount(User user) {
    var done = new ArrayList<Finding>();
    String login = user.login().toString();
    account(user.account())
        .ifPresent(account -> {
          if (hasOtherQuota(account, user)) {
            users.applyAllowance(user);
            done.add(new Finding(login, "the account has the quota of its user again"));
          }
          if (hasOtherOwner(account, user)) {
            users.applyOwner(user);
            done.add(new Finding(login, "the account names its user as the owner again"));
          }
        });
    return done;
  }

  private List<Damage> damages(Domain domain) {
    var found = new ArrayList<Damage>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          engine.scan(DomainRows.partition(domain), new byte[0], new byte[0], PAGE, false, resume);
      for (Page.Row row : page.rows()) {
        if (!isReadable(domain, row)) {
          found.add(new Damage(row, named(row.key())));
        }
      }
      resume = page.resume();
    } while (resume.isPresent());
    return found;
  }

  /// A row of a newer program is none of those: whoever knows its form may read it.
  private static boolean isReadable(Domain domain, Page.Row row) {
    try {
      read(domain, row.key(), row.value());
      return true;
    } catch (StorageUnavailable e) {
      return String.valueOf(e.getMessage()).contains("newer program");
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return false;
    }
  }

  private static void read(Domain domain, byte[] key, byte[] value) {
    String name = DomainRows.name(key);
    switch (key[0]) {
      case DomainRows.USER -> {
        var _ = UserRow.decode(new MailAddress(name, domain), value);
      }
      case DomainRows.ALIAS -> {
        var _ = DomainRows.targets(new RowReader(value));
      }
      case DomainRows.PASSWORD -> {
        var _ = LoginSecrets.decode(value);
      }
      case DomainRows.FORMER -> {} // All is in its name.
      case DomainRows.GROUP -> {
        var _ = DomainRows.members(new RowReader(value));
      }
      case DomainRows.SHARE -> {
        var _ = new AccountId(name.substring(name.indexOf('\0') + 1));
      }
      case DomainRows.UNWANTED -> {
        var _ = new AccountId(name);
      }
      case 'm' -> {
        var _ = DomainSettings.decode(value);
      }
      case DomainRows.PERSONAL -> {
        var _ = Personal.decode(value);
      }
      case ListRows.LIST -> {
        var _ = ListRows.list(new MailAddress(name, domain), value);
      }
      case ListRows.MEMBER -> {
        var _ = ListRows.member(value);
      }
      case ListRows.BY_DOMAIN -> {
        if (!ListRows.rest(key).isEmpty()) {
          var _ = MailAddress.of(ListRows.text(value));
        }
      }
      default -> {} // What was set aside before, or of a newer program.
    }
  }

  private static String named(byte[] key) {
    String name = DomainRows.name(key);
    return switch (key[0]) {
      case DomainRows.USER -> "the row of user " + name;
      case DomainRows.ALIAS -> "the row of alias " + name;
      case DomainRows.PASSWORD -> "the password row of account " + name;
      case DomainRows.GROUP -> "the row of group " + name;
      case DomainRows.SHARE -> "a row of what is shared with " + name.replace('\0', ' ');
      case DomainRows.UNWANTED -> "the row of an account to erase, " + name + ",";
      case DomainRows.PERSONAL -> "the row of the answers and blocks of account " + name;
      case ListRows.LIST -> "the row of list " + name;
      case ListRows.MEMBER -> "the row of a member of list " + name.replace('\0', ' ');
      case ListRows.BY_DOMAIN ->
          "a row of the members by their domains of list " + name.replace('\0', ' ');
      default -> "the row of the domain's settings";
    };
  }

  /// A user is found in the account again, settings are the standard ones.
  private Optional<Finding> derived(Domain domain, byte[] key) {
    return switch (key[0]) {
      case DomainRows.USER -> user(new MailAddress(DomainRows.name(key), domain));
      case DomainRows.PASSWORD ->
          Optional.of(
              new Finding(domain.toString(), "its user has no password: set one to log in again"));
      case 'm' ->
          Optional.of(new Finding(domain.toString(), "its settings are the standard ones now"));
      default -> Optional.empty();
    };
  }

  private Optional<Finding> user(MailAddress login) {
    Optional<Account> account = accountOf(login);
    account.ifPresent(found -> {
      var user =
          new User(
              login,
              found.id(),
              true,
              Allowance.of(found.ownQuota()),
              "",
              OptionalInt.empty(),
              false);
      var _ =
          domains.change(
              login.domain(),
              draft -> {
                draft.putUser(
                    login.localPart(), new UserRow(user, ThreadLocalRandom.current().nextLong()));
                return draft;
              });
    });
    return Optional.of(
        new Finding(
            login.toString(),
            account.isPresent()
                ? "the user was made anew from the account: enabled, without a full name"
                : "the user is lost, and no account says that it is this user's"));
  }

  private Optional<Account> accountOf(MailAddress login) {
    List<AccountId> page = accounts.list(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      for (AccountId id : page) {
        if (owner(id).filter(login.toString()::equals).isPresent()) {
          return account(id);
        }
      }
      page = accounts.list(Optional.of(page.getLast()), PAGE);
    }
    return Optional.empty();
  }

  private Optional<String> owner(AccountId id) {
    try {
      return accounts.space(id, false).map(AccountSpace::owner);
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Empty also when it cannot be read: then its own check says so.
  private Optional<Account> account(AccountId id) {
    try {
      return accounts.find(id);
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private List<User> users(Domain domain) {
    var all = new ArrayList<User>();
    List<User> page = domains.users(domain, "", PAGE);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = domains.users(domain, page.getLast().login().localPart(), PAGE);
    }
    return all;
  }
}
