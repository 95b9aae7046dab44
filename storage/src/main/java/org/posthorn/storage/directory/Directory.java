package org.posthorn.storage.directory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Keeping;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// What addresses mean, what is said for users, and aliases; everything else of domains and users
/// is with the parts that are handed out here. Look-ups answer from memory; changes are durable
/// when they return, and throw [DirectoryException] when they decline. Safe for use by many
/// threads.
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
    var formerNames = new FormerNames(domains, shares);
    this.groups = new GroupBook(domains, shares, formerNames);
    this.lists = new ListBook(domains, book, engine);
    this.personal = new PersonalBook(domains);
    this.users =
        new UserAccounts(domains, accounts, passwords, secrets, shares, formerNames, sessions);
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

  /// The domains as such.
  public DomainBook domains() {
    return domainBook;
  }

  /// How users come and go.
  public UserAccounts users() {
    return users;
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

  /// Sessions that were not begun with an app password end: who has the old one is to be out.
  public void setPassword(MailAddress login, Password password) {
    secrets.setPassword(login, password);
    endSessionsOfPassword(login);
  }

  void endSessionsOfPassword(MailAddress login) {
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
