package org.posthorn.storage.directory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Keeping;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// Domains, users and aliases. Look-ups answer from memory; changes are durable when they return,
/// and throw [DirectoryException] when they decline. Safe for use by many threads.
///
/// Each domain is one partition. Names compare in lower case (Unicode) and composed form, and are
/// stored so.
public final class Directory {
  /// Aliases are followed this deep.
  public static final int EXPANSION_DEPTH = 10;

  /// An address leads to at most so many others, and an alias has at most so many targets.
  public static final int EXPANSION_MAX = 1_000;

  private static final int PAGE = 1_000;

  private final Engine engine;
  private final Accounts accounts;
  private final Domains domains;
  private final DomainBook domainBook;
  private final UserSecrets secrets;
  private final UserAccounts users;
  private final LoginSessions sessions = new LoginSessions();
  private final AddressBook book;
  private final GroupBook groups;
  private final ListBook lists;
  private final PersonalBook personal;
  private final ShareIndex shares;
  private final LoginRows loginRows;

  private Directory(Engine engine, Accounts accounts, Passwords passwords) {
    this.engine = engine;
    this.accounts = accounts;
    this.domains = new Domains(engine);
    this.book = new AddressBook(domains);
    this.secrets = new UserSecrets(engine, domains, passwords);
    this.shares = new ShareIndex(domains, accounts);
    this.groups = new GroupBook(domains, shares);
    this.lists = new ListBook(domains, book, engine);
    this.personal = new PersonalBook(domains);
    this.users = new UserAccounts(domains, accounts, passwords, secrets, shares, sessions);
    this.domainBook = new DomainBook(domains, book, shares, users);
    this.loginRows = new LoginRows(engine, passwords);
  }

  /// Reads all domains, and completes what a crash interrupted. From then on `accounts` know what
  /// domains say of quotas.
  public static Directory open(Engine engine, Accounts accounts, Passwords passwords) {
    var directory = new Directory(engine, accounts, passwords);
    accounts.quotas().lookUp(directory::quotaOfDomain);
    Optional<Partition> last = Optional.empty();
    List<Partition> some;
    do {
      some = engine.partitions(Partition.Kind.DOMAIN, last, PAGE);
      for (Partition partition : some) {
        Optional<DomainState> domain = directory.domains.read(Domain.of(partition.name()));
        domain.ifPresent(directory.users::complete);
        last = Optional.of(partition);
      }
    } while (!some.isEmpty());
    return directory;
  }

  /// The groups of the domains.
  public GroupBook groups() {
    return groups;
  }

  /// Answers of those who are away, and blocked senders.
  public PersonalBook personal() {
    return personal;
  }

  /// The mailing lists of the domains.
  public ListBook lists() {
    return lists;
  }

  /// Where addresses are named that mail is led to.
  public Mentions mentions() {
    return new Mentions(this);
  }

  /// Which accounts may have shared something with whom.
  public ShareIndex shares() {
    return shares;
  }

  /// Wakes the sessions of such users, since what they may see of others has changed.
  public void wake(Predicate<MailAddress> users) {
    shares.wake(users);
  }

  /// Looks for what is damaged, or does not fit together.
  public DirectoryCheck inspect() {
    return new DirectoryCheck(engine, accounts, domains, users, secrets, lists);
  }

  /// From now on there is a postmaster at these names too, where they are no domains of ours.
  public void serveUnder(OwnNames names) {
    book.ownNames(names);
  }

  /// Who was named as the postmaster of the server.
  Optional<MailAddress> postmaster() {
    return book.ownNames().postmaster();
  }

  /// Whether the server itself is called so.
  public boolean isServer(Domain name) {
    return book.ownNames().names().contains(name);
  }

  /// What an address means: one step, aliases are not followed. Any case.
  public Resolution resolve(MailAddress address) {
    return book.resolve(address);
  }

  /// Where mail to an address ends up when all aliases are followed.
  public Expansion expand(MailAddress address) {
    return book.expand(address);
  }

  /// Where somebody gets the mail, with the detail.
  public MailAddress address(Resolution.Mailbox mailbox) {
    return book.address(mailbox);
  }

  /// The address of the user for whom alone an alias stands, also by other aliases; nobody's for
  /// what only a catch-all catches.
  public Optional<MailAddress> behind(MailAddress alias) {
    return book.behind(alias);
  }

  /// Whether mail for this domain, or for a domain that is an alias of one of ours, ends here.
  public boolean isLocal(Domain domain) {
    return domains.isLocal(domain);
  }

  /// The user of a login: an address in any case, through domain aliases but not through aliases.
  public Optional<User> user(MailAddress login) {
    return book.user(login);
  }

  /// Whether a user may send as `sender`: own address with any detail, in own domain or its alias
  /// domains, or an alias that leads to the user. What a catch-all catches is nobody's address.
  public boolean maySendAs(User user, MailAddress sender) {
    return book.maySendAs(user, sender);
  }

  public List<DomainInfo> domains() {
    return domainBook.all();
  }

  public void createDomain(Domain domain, DomainSettings settings) {
    domainBook.create(domain, settings);
  }

  /// Changes how a domain is used.
  public void configure(Domain domain, UnaryOperator<DomainSettings> change) {
    domainBook.configure(domain, change);
  }

  /// Changes what was said for a user, all of it or nothing; the sessions of who is disabled end.
  public User configure(MailAddress login, UnaryOperator<UserSettings> change) {
    MailAddress address = AddressBook.canonical(login);
    Configured done =
        domains.change(
            address.domain(),
            draft -> {
              UserRow before = draft.there().row(address);
              UserRow after = before.settings(change.apply(UserSettings.of(before.user())));
              draft.putUser(address.localPart(), after);
              return new Configured(before.user(), after.user());
            });
    User user = done.after();
    if (!user.enabled()) {
      sessions.end(user.account(), _ -> true);
    }
    if (!user.allowance().equals(done.before().allowance())) {
      users.applyAllowance(user);
    }
    return user;
  }

  private record Configured(User before, User after) {}

  /// Where mail goes that nobody else of the domain gets; empty: it is refused.
  public void setCatchAll(Domain domain, Optional<MailAddress> target) {
    configure(domain, settings -> settings.withCatchAll(target));
  }

  /// Makes `alias` mean the same as `target`, and creates it where it is not there.
  public void aliasDomain(Domain alias, Domain target) {
    domainBook.alias(alias, target, false);
  }

  /// A domain that has something of its own keeps it, and what is nobody's there becomes mail for
  /// `target`: so that one is only taken with `force`.
  public void aliasDomain(Domain alias, Domain target, boolean force) {
    domainBook.alias(alias, target, force);
  }

  /// Lets a second name be a domain of its own, with all that it has.
  public void endAlias(Domain alias) {
    domainBook.endAlias(alias);
  }

  /// Deletes a domain. What would be lost with it is in the way, but for `force`: users and all
  /// their mail, lists, and aliases that lead to somebody who stays.
  public void deleteDomain(Domain domain, boolean force) {
    domainBook.delete(domain, force);
  }

  /// The users of a domain in the order of their names, after the name `after` (empty: from the
  /// first).
  public List<User> users(Domain domain, String after, int limit) {
    return domains.users(domain, after, limit);
  }

  /// Makes a user and an account with the standard folders.
  public User createUser(NewUser wanted) {
    return users.create(wanted);
  }

  /// Makes an account that nobody logs in to, with an INBOX: what is in it is for whom rights are
  /// given there, and for nobody before.
  public User createShared(MailAddress wanted, Allowance allowance, String fullName) {
    return users.createShared(wanted, allowance, fullName);
  }

  /// Makes a user from a backup, under the login `as`, whose account `fill` writes under the id
  /// that it is given. A user who is there already is given the new account in place of the old
  /// one, which is erased, with `replace`; password and settings stay those that are there,
  /// sessions end.
  public User restoreUser(
      SavedDomain.SavedUser saved, MailAddress as, boolean replace, AccountSource fill) {
    return users.restore(saved, as, replace, fill);
  }

  /// Writes an account under a new id; `replaced` is the one that goes for it.
  @FunctionalInterface
  public interface AccountSource {
    void write(AccountId account, Optional<AccountId> replaced);
  }

  /// Gives a user another name in the same domain; mail and password stay. Sessions end: they would
  /// go on under the name before, which may be somebody else's next.
  public User rename(MailAddress from, MailAddress to) {
    return users.rename(from, to, false);
  }

  /// With `keepAlias` the name before leads to the new one, without a moment between. An alias that
  /// leads to this user alone gives its name to the user. If a crash comes between directory and
  /// account, [DirectoryCheck#repair] puts it right; rights that the name before still has with
  /// others are taken at the next start, or before anybody gets it.
  public User rename(MailAddress from, MailAddress to, boolean keepAlias) {
    return users.rename(from, to, keepAlias);
  }

  /// Deletes a user, ends the sessions, and then deletes the account with all that is in it.
  public void deleteUser(MailAddress login) {
    users.delete(login, Set.of());
  }

  /// Sessions that were not begun with an app password end: who has the old one is to be out.
  public void setPassword(MailAddress login, Password password) {
    secrets.setPassword(login, password);
    user(login).ifPresent(user -> sessions.end(user.account(), app -> app == LoginSessions.NO_APP));
  }

  /// A disabled user can neither log in nor receive; sessions end.
  public void setEnabled(MailAddress login, boolean enabled) {
    var _ = configure(login, settings -> settings.withEnabled(enabled));
  }

  public void setFullName(MailAddress login, String fullName) {
    var _ = configure(login, settings -> settings.withFullName(fullName));
  }

  /// Changes what a user may keep. If a crash comes between directory and account, saying it again
  /// puts it right, and so does [DirectoryCheck#repair].
  public void allow(MailAddress login, UnaryOperator<Allowance> change) {
    users.applyAllowance(
        configure(login, settings -> settings.withAllowance(change.apply(settings.allowance()))));
  }

  /// What a domain says of the quota of its users; `login` is one of them or a text that is none.
  private QuotaLimits quotaOfDomain(String login) {
    return Domain.parse(login.substring(login.lastIndexOf('@') + 1))
        .flatMap(domains::state)
        .map(domain -> domain.settings().allowance().quota())
        .orElse(QuotaLimits.NONE);
  }

  /// How long things of a user are kept: as the user, the domain or the configuration says, in this
  /// order.
  public Keeping keeping(User user) {
    Keeping standard = accounts.keeping();
    DomainSettings domain =
        domains
            .state(user.login().domain())
            .map(DomainState::settings)
            .orElse(DomainSettings.STANDARD);
    return new Keeping(
        days(user.historyDays(), days(domain.historyDays(), standard.history())),
        days(domain.trashDays(), standard.trash()),
        days(domain.junkDays(), standard.junk()));
  }

  private static Duration days(OptionalInt days, Duration otherwise) {
    return days.isPresent() ? Duration.ofDays(days.getAsInt()) : otherwise;
  }

  /// All aliases of a domain in the order of their names.
  public List<Resolution.Alias> aliases(Domain domain) {
    DomainState state = domains.there(domain);
    var all = new ArrayList<Resolution.Alias>();
    state
        .aliases()
        .forEach((name, targets) -> all.add(new Resolution.Alias(state.address(name), targets)));
    all.sort(Comparator.comparing(alias -> alias.alias().localPart()));
    return all;
  }

  public void createAlias(MailAddress alias, List<MailAddress> targets) {
    putAlias(alias, targets, false);
  }

  /// Gives an alias other targets.
  public void changeAlias(MailAddress alias, List<MailAddress> targets) {
    putAlias(alias, targets, true);
  }

  private void putAlias(MailAddress alias, List<MailAddress> targets, boolean there) {
    MailAddress address = AddressBook.canonical(alias);
    if (targets.isEmpty() || targets.size() > EXPANSION_MAX) {
      throw new DirectoryException.NotPermitted(
          "An alias has 1 to " + EXPANSION_MAX + " targets, not " + targets.size());
    }
    AddressBook.checkName(address);
    book.checkNoCircle(address, targets);
    var _ =
        domains.change(
            address.domain(),
            draft -> {
              DomainState domain = draft.there();
              if (domain.users().has(address.localPart())) {
                throw new DirectoryException.UserExists(address);
              }
              if (domain.lists().has(address.localPart())) {
                throw new DirectoryException.ListExists(address);
              }
              if (!there && domain.aliases().has(address.localPart())) {
                throw new DirectoryException.AliasExists(address);
              }
              if (there && !domain.aliases().has(address.localPart())) {
                throw new DirectoryException.NoSuchAlias(address);
              }
              draft.putAlias(address.localPart(), targets);
              return draft;
            });
  }

  public void deleteAlias(MailAddress alias) {
    MailAddress address = AddressBook.canonical(alias);
    var _ =
        domains.change(
            address.domain(),
            draft -> {
              if (!draft.there().aliases().has(address.localPart())) {
                throw new DirectoryException.NoSuchAlias(address);
              }
              draft.removeAlias(address.localPart());
              return draft;
            });
  }

  /// Who is logged in.
  LoginSessions sessions() {
    return sessions;
  }

  /// What users can log in with.
  UserSecrets secrets() {
    return secrets;
  }

  /// What is stored of logins beside the users.
  LoginRows loginRows() {
    return loginRows;
  }

  /// Does something while nobody changes the domain.
  public <R> R alone(Domain domain, Supplier<R> action) {
    return domains.alone(domain, action);
  }
}
