package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.RowReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A domain as of its last change. Immutable. `unwanted` are accounts that shall not be: a user was
/// deleted or not yet made, and a crash may have come between. `former` are names that users and
/// groups ([FormerNames]) have given up and that still have rights with others, for the same
/// reason.
record DomainState(
    Domain domain,
    boolean exists,
    DomainSettings settings,
    NameTable<UserRow> users,
    NameTable<List<MailAddress>> aliases,
    Set<AccountId> unwanted,
    Set<String> former,
    Groups groups,
    NameTable<Set<AccountId>> shares,
    NameTable<MailingList> lists,
    NameTable<Personal> personal) {
  private static final Logger log = LoggerFactory.getLogger(DomainState.class);
  private static final int PAGE_ROWS = 5_000;

  static DomainState absent(Domain domain) {
    return new DomainState(
        domain,
        false,
        DomainSettings.STANDARD,
        NameTable.empty(),
        NameTable.empty(),
        Set.of(),
        Set.of(),
        Groups.NONE,
        NameTable.empty(),
        NameTable.empty(),
        NameTable.empty());
  }

  static DomainState load(Engine engine, Partition partition) {
    Domain domain = Domain.of(partition.name());
    Optional<byte[]> settings = engine.get(partition, DomainRows.SETTINGS);
    if (settings.isEmpty()) {
      return absent(domain);
    }
    var read = new AtomicReference<>(DomainSettings.STANDARD);
    readable(partition, "settings", () -> read.set(DomainSettings.decode(settings.get())));
    Map<String, UserRow> users = new HashMap<>();
    Map<String, List<MailAddress>> aliases = new HashMap<>();
    Set<AccountId> unwanted = new HashSet<>();
    Set<String> former = new HashSet<>();
    Map<String, Set<String>> groups = new HashMap<>();
    Map<String, Set<AccountId>> shares = new HashMap<>();
    Map<String, MailingList> lists = new HashMap<>();
    Map<String, Personal> personal = new HashMap<>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, new byte[0], new byte[0], PAGE_ROWS, false, resume);
      for (Page.Row row : page.rows()) {
        String name = DomainRows.name(row.key());
        readable(
            partition,
            name,
            () -> {
              switch (row.key()[0]) {
                case DomainRows.USER ->
                    users.put(name, UserRow.decode(new MailAddress(name, domain), row.value()));
                case DomainRows.ALIAS ->
                    aliases.put(name, DomainRows.targets(new RowReader(row.value())));
                case DomainRows.UNWANTED -> unwanted.add(new AccountId(name));
                case DomainRows.FORMER -> former.add(name);
                case DomainRows.GROUP ->
                    groups.put(name, DomainRows.members(new RowReader(row.value())));
                case ListRows.LIST ->
                    lists.put(name, ListRows.list(new MailAddress(name, domain), row.value()));
                case DomainRows.PERSONAL -> personal.put(name, Personal.decode(row.value()));
                case DomainRows.SHARE -> {
                  int end = name.indexOf('\0');
                  shares
                      .computeIfAbsent(name.substring(0, end), _ -> new HashSet<>())
                      .add(new AccountId(name.substring(end + 1)));
                }
                default -> {} // Settings, passwords, members of lists.
              }
            });
      }
      resume = page.resume();
    } while (resume.isPresent());
    return new DomainState(
        domain,
        true,
        read.get(),
        NameTable.of(users),
        NameTable.of(aliases),
        Set.copyOf(unwanted),
        Set.copyOf(former),
        Groups.of(groups),
        NameTable.of(shares),
        NameTable.of(lists),
        NameTable.of(personal));
  }

  /// A row that cannot be read is named, and stops nobody else of the domain.
  private static void readable(Partition partition, String name, Runnable read) {
    try {
      read.run();
    } catch (StorageUnavailable | IllegalArgumentException | IndexOutOfBoundsException e) {
      log.atError()
          .addKeyValue("domain", partition.name())
          .addKeyValue("name", name)
          .setCause(e)
          .log("directory-row-damaged");
    }
  }

  DomainState with(DomainSettings other) {
    return new DomainState(
        domain, true, other, users, aliases, unwanted, former, groups, shares, lists, personal);
  }

  DomainState withUsers(NameTable<UserRow> others) {
    return new DomainState(
        domain, true, settings, others, aliases, unwanted, former, groups, shares, lists, personal);
  }

  DomainState withAliases(NameTable<List<MailAddress>> others) {
    return new DomainState(
        domain, true, settings, users, others, unwanted, former, groups, shares, lists, personal);
  }

  DomainState withUnwanted(Set<AccountId> others) {
    return new DomainState(
        domain, exists, settings, users, aliases, others, former, groups, shares, lists, personal);
  }

  DomainState withFormer(Set<String> others) {
    return new DomainState(
        domain, exists, settings, users, aliases, unwanted, others, groups, shares, lists,
        personal);
  }

  DomainState withGroups(Groups others) {
    return new DomainState(
        domain, true, settings, users, aliases, unwanted, former, others, shares, lists, personal);
  }

  DomainState withShares(NameTable<Set<AccountId>> others) {
    return new DomainState(
        domain, true, settings, users, aliases, unwanted, former, groups, others, lists, personal);
  }

  DomainState withLists(NameTable<MailingList> others) {
    return new DomainState(
        domain, true, settings, users, aliases, unwanted, former, groups, shares, others, personal);
  }

  DomainState withPersonal(NameTable<Personal> others) {
    return new DomainState(
        domain, true, settings, users, aliases, unwanted, former, groups, shares, lists, others);
  }

  /// Throws what says who has the name of an address already.
  void checkFree(MailAddress address) {
    String name = address.localPart();
    AddressBook.checkName(address);
    if (users.has(name)) {
      throw new DirectoryException.UserExists(address);
    }
    if (aliases.has(name)) {
      throw new DirectoryException.AliasExists(address);
    }
    if (lists.has(name)) {
      throw new DirectoryException.ListExists(address);
    }
  }

  /// An alias of this user alone is as good as free for the user.
  void checkFree(MailAddress address, MailAddress user) {
    boolean own =
        aliases
            .find(address.localPart())
            .filter(targets ->
                targets.stream().allMatch(target -> AddressBook.canonical(target).equals(user)))
            .isPresent();
    if (!own) {
      checkFree(address);
    }
  }

  /// What is stored of a user, or [DirectoryException.NoSuchUser].
  UserRow row(MailAddress address) {
    return users
        .find(address.localPart())
        .orElseThrow(() -> new DirectoryException.NoSuchUser(address));
  }

  /// All users, in no order.
  List<User> everybody() {
    var all = new ArrayList<User>();
    users.forEach((_, row) -> all.add(row.user()));
    return all;
  }

  Optional<User> user(String name) {
    return users.find(name).map(UserRow::user);
  }

  MailAddress address(String name) {
    return new MailAddress(name, domain);
  }
}
