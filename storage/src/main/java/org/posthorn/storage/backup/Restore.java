package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.posthorn.message.ContentId;
import org.posthorn.message.Counted;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.AccountRows;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.Personal;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.DomainKeys;

/// Brings accounts back from one run, while the server runs. Each account is written beside what is
/// there, under an id of its own, and its user is given it when it is whole. Used by one thread.
final class Restore {
  /// Contents that several emails share are written once, as far as this is remembered.
  private static final int RECENT_MAX = 20_000;

  private final Engine engine;
  private final Accounts stored;
  private final ContentStore contents;
  private final Directory directory;
  private final DomainKeys keys;
  private final InstantSource clock;
  private final BackupFolder folder;
  private final PackReader packs;
  private final Telling telling;
  private final SavedReaders readers;
  private final Map<AccountId, SavedPartition> accounts = new HashMap<>();
  private final List<SavedDomain> domains = new ArrayList<>();
  private final List<SavedPartition> system = new ArrayList<>();
  private final Map<Place, ContentId> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, ContentId> eldest) {
          return size() > RECENT_MAX;
        }
      };

  private int domainsFailed;
  private int total;
  private int restored;
  private int there;
  private int failed;
  private long messages;
  private long lost;

  private record Place(int pack, long offset) {}

  Restore(
      Engine engine,
      Accounts stored,
      ContentStore contents,
      Directory directory,
      DomainKeys keys,
      InstantSource clock,
      BackupFolder folder,
      Telling telling) {
    this.engine = engine;
    this.stored = stored;
    this.contents = contents;
    this.directory = directory;
    this.keys = keys;
    this.clock = clock;
    this.folder = folder;
    this.packs = new PackReader(folder);
    this.telling = telling;
    this.readers = new SavedReaders(stored, directory, telling);
  }

  /// Reads which accounts and domains the run has.
  Restore open(String run) {
    try (var manifest = new Manifest.Reader(folder.manifest(run))) {
      for (SavedPartition saved = manifest.next(); saved != null; saved = manifest.next()) {
        if (saved.isAccount()) {
          accounts.put(new AccountId(saved.partition().name()), saved);
        } else if (!saved.isDomain()) {
          system.add(saved);
        } else {
          domain(saved);
        }
      }
    }
    return this;
  }

  private void domain(SavedPartition saved) {
    try {
      SavedDomain domain = SavedDomainRows.read(folder, saved);
      if (domain.damaged() > 0) {
        telling.problem(saved.partition().name(), Counted.of(domain.damaged(), "row") + " damaged");
      }
      domains.add(domain);
      readers.add(domain);
    } catch (BackupException unread) {
      domainsFailed++;
      telling.problem(
          saved.partition().name(),
          "this domain and its users cannot be restored: " + unread.getMessage());
    }
  }

  /// One user's account: by the login in the backup's directory, else by the login that the account
  /// itself knows, else by its id.
  Backups.Restored one(String login, Optional<MailAddress> as, boolean replace) {
    SavedDomain.SavedUser user = find(login, as);
    MailAddress target = as.orElse(user.user().login());
    if (!replace && isThere(target)) {
      throw new BackupException.InTheWay(
          "There is a user %s already: restore beside it with --as, or in its place with --replace"
              .formatted(target));
    }
    total = 1;
    domains.stream().filter(domain -> domain.domain().equals(target.domain())).forEach(this::make);
    Set<AccountId> moved = restore(user, target, replace);
    readers.settle(moved::contains);
    return result();
  }

  private SavedDomain.SavedUser find(String login, Optional<MailAddress> as) {
    Optional<MailAddress> address = MailAddress.parse(login);
    Optional<SavedDomain.SavedUser> known =
        domains.stream()
            .flatMap(domain -> domain.users().stream())
            .filter(user ->
                address.filter(name -> isSame(name, user.user().login())).isPresent()
                    || user.user().account().value().equals(login))
            .findFirst();
    return known.orElseGet(() -> ownerless(login, address.or(() -> as)));
  }

  private SavedDomain.SavedUser ownerless(String login, Optional<MailAddress> address) {
    AccountId account =
        accounts.values().stream()
            .filter(saved ->
                saved.outline().owner().equalsIgnoreCase(login)
                    || saved.partition().name().equals(login))
            .findFirst()
            .map(saved -> new AccountId(saved.partition().name()))
            .orElseThrow(() ->
                new BackupException.NotFound(
                    "The backup has no account "
                        + login
                        + "; see  posthorn backup list --accounts"));
    return SavedDomain.SavedUser.unknown(
        address.orElseThrow(() ->
            new BackupException.NotFound(
                "Account " + login + " belongs to nobody: name a login with --as")),
        account);
  }

  /// Not so for a name that is only known in the domain that its own one stands for.
  private boolean isThere(MailAddress login) {
    return directory.user(login).filter(user -> isSame(user.login(), login)).isPresent();
  }

  private static boolean isSame(MailAddress a, MailAddress b) {
    return a.toString().equalsIgnoreCase(b.toString());
  }

  /// All domains with their aliases, lists and settings, all users with their accounts, and the
  /// [SystemPart]s. What is there stays, but for accounts, keys and plugins' stores with `replace`.
  Backups.Restored all(boolean replace) {
    failed = domainsFailed;
    domains.forEach(this::make);
    total = domains.stream().mapToInt(domain -> domain.users().size()).sum();
    for (SavedDomain domain : domains) {
      for (SavedDomain.SavedUser user : domain.users()) {
        if (isThere(user.user().login()) && !replace) {
          there++;
          telling.problem(
              user.user().login().toString(), "is there already, and was left as it is");
        } else {
          restoreGuarded(user, replace);
        }
        telling.progress(restored + there + failed, total, messages);
      }
    }
    domains.forEach(this::aliases);
    domains.forEach(this::groups);
    domains.forEach(this::lists);
    domains.forEach(this::blocked);
    settings();
    var parts = new RestoredParts(engine, keys, folder, telling);
    failed += (int) system.stream().filter(saved -> !parts.restore(saved, replace)).count();
    readers.settle(_ -> true);
    return result();
  }

  private void make(SavedDomain domain) {
    if (!directory.isLocal(domain.domain())) {
      directory.domains().create(domain.domain(), plain(domain));
    }
  }

  /// What could not be set when the domains were made, in this restore or in one before that was
  /// interrupted or brought back a single account. What they stand for comes first: a catch-all may
  /// be the address of another one.
  private void settings() {
    Map<Domain, DomainSettings> present = new HashMap<>();
    directory.domains().all().forEach(there -> present.put(there.domain(), there.settings()));
    var lacking = new ArrayList<SavedDomain>();
    for (SavedDomain domain : domains) {
      DomainSettings today = present.getOrDefault(domain.domain(), domain.settings());
      if (today.equals(domain.settings())) {
        continue;
      }
      if (isPartOf(today, domain)) {
        lacking.add(domain);
      } else {
        telling.problem(
            domain.domain().toString(),
            "has other settings than then, which were left as they are");
      }
    }
    lacking.stream()
        .filter(domain -> domain.settings().aliasOf().isPresent())
        .forEach(
            domain -> configure(domain, today -> today.withAliasOf(domain.settings().aliasOf())));
    lacking.forEach(domain -> configure(domain, _ -> domain.settings()));
  }

  private static boolean isPartOf(DomainSettings today, SavedDomain domain) {
    DomainSettings saved = domain.settings();
    return today.withAliasOf(Optional.empty()).withCatchAll(Optional.empty()).equals(plain(domain))
        && (today.aliasOf().isEmpty() || today.aliasOf().equals(saved.aliasOf()))
        && (today.catchAll().isEmpty() || today.catchAll().equals(saved.catchAll()));
  }

  private void configure(SavedDomain domain, UnaryOperator<DomainSettings> change) {
    guarded(
        domain.domain().toString(), () -> directory.domains().configure(domain.domain(), change));
  }

  /// What needs neither a user nor another domain to be there.
  private static DomainSettings plain(SavedDomain domain) {
    return domain.settings().withAliasOf(Optional.empty()).withCatchAll(Optional.empty());
  }

  private void aliases(SavedDomain domain) {
    guarded(
        domain.domain().toString(),
        () -> {
          Set<MailAddress> there =
              directory.aliases(domain.domain()).stream()
                  .map(Resolution.Alias::alias)
                  .collect(Collectors.toSet());
          domain
              .aliases()
              .forEach((alias, targets) -> {
                if (!there.contains(alias)) {
                  guarded(alias.toString(), () -> directory.createAlias(alias, targets));
                }
              });
        });
  }

  private void groups(SavedDomain domain) {
    domain
        .groups()
        .forEach((group, members) -> {
          if (!directory.groups().isThere(group)) {
            guarded(group.toString(), () -> directory.groups().create(group, members));
          }
        });
  }

  /// Senders who are blocked for all of a domain.
  private void blocked(SavedDomain domain) {
    if (!domain.personal().equals(Personal.NONE)) {
      guarded(
          domain.domain().toString(),
          () ->
              directory
                  .personal()
                  .change(
                      domain.domain(),
                      there -> there.equals(Personal.NONE) ? domain.personal() : there));
    }
  }

  private void lists(SavedDomain domain) {
    domain
        .lists()
        .forEach(saved -> {
          MailAddress address = saved.list().address();
          if (directory.lists().find(address).isEmpty()) {
            guarded(address.toString(), () -> directory.lists().restore(saved));
          }
        });
  }

  private void guarded(String what, Runnable work) {
    try {
      work.run();
    } catch (DirectoryException refused) {
      telling.problem(what, String.valueOf(refused.getMessage()));
    }
  }

  private void restoreGuarded(SavedDomain.SavedUser user, boolean replace) {
    try {
      restoreAgain(user, replace);
    } catch (BackupException | DirectoryException | StorageUnavailable | ContentMissing e) {
      failed++;
      telling.problem(user.user().login().toString(), "was not restored: " + e.getMessage());
    }
  }

  /// What a long restore has written, and no account of it has named yet, may be collected
  /// meanwhile: then all of this account is written anew.
  private void restoreAgain(SavedDomain.SavedUser user, boolean replace) {
    long lostBefore = lost;
    try {
      var _ = restore(user, user.user().login(), replace);
    } catch (ContentMissing _) {
      lost = lostBefore;
      recent.clear();
      var _ = restore(user, user.user().login(), replace);
    }
  }

  /// Returns the ids by which the user was known whose account this is now.
  private Set<AccountId> restore(SavedDomain.SavedUser user, MailAddress login, boolean replace) {
    SavedPartition saved = accounts.get(user.user().account());
    if (saved == null) {
      throw new BackupException.Damaged(
          "The account of " + user.user().login() + " is not in the backup");
    }
    Set<AccountId> before = new HashSet<>();
    User now =
        directory
            .users()
            .restore(
                user,
                login,
                replace,
                (account, replaced) -> {
                  replaced.ifPresent(before::add);
                  write(saved, login, account, replaced);
                });
    before.forEach(gone -> readers.replaced(gone, now.account()));
    before.add(user.user().account());
    restored++;
    messages += saved.outline().messages();
    return before;
  }

  private void write(
      SavedPartition saved, MailAddress login, AccountId account, Optional<AccountId> replaced) {
    var owner = new AccountId(saved.partition().name());
    var copy =
        stored.copyTo(
            account, reader -> reader.equals(owner) ? account : readers.now(reader, login));
    long rows = 0;
    try (var chain = new RowChain(folder, saved.sections())) {
      for (SavedRow row = chain.current(); row != null; row = chain.current()) {
        byte[] value = row.value().orElseThrow();
        if (AccountRows.isEmail(row.key())) {
          copy.putEmail(row.key(), value, content(login, row.content()));
        } else {
          copy.put(row.key(), value);
        }
        chain.advance();
        if (++rows % 1_000 == 0) {
          telling.progress(restored + there + failed, total, messages);
        }
      }
    }
    copy.finish(login.toString(), replaced, clock.instant());
  }

  /// The content in this server's store; empty when the backup's is damaged.
  private Optional<ContentId> content(MailAddress login, Optional<ContentPlace> saved) {
    if (saved.isEmpty()) {
      lost++;
      telling.problem(
          login.toString(), "a content could not be read when it was to be saved: it is missing");
      return Optional.empty();
    }
    ContentPlace place = saved.get();
    var at = new Place(place.pack(), place.offset());
    ContentId known = recent.get(at);
    if (known != null) {
      return Optional.of(known);
    }
    try (InputStream in = packs.open(place)) {
      ContentId id = contents.write(in).id();
      recent.put(at, id);
      return Optional.of(id);
    } catch (IOException damaged) {
      lost++;
      telling.problem(login.toString(), String.valueOf(damaged.getMessage()));
      return Optional.empty();
    }
  }

  private Backups.Restored result() {
    return new Backups.Restored(restored, there, failed, messages, lost);
  }
}
