package org.posthorn.storage.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CacheFigures;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.keys.Keyring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All accounts. Open ones are kept in memory within a budget. Safe for use by many threads.
public final class Accounts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Accounts.class);
  private static final int PAGE = 1_000;

  /// History is forgotten when this part of it more is there than must be: so an account is not
  /// written all the time.
  private static final int TRIM_SHARE = 60;

  private final Engine engine;
  private final ContentStore contents;
  private final Keyring keyring;
  private final InstantSource clock;
  private final AccountsConfig config;
  private final Views views;
  private final Excerpts excerpts;
  private final Quotas quotas;
  private final HeapWatch memory;
  private final AccountCheckup checkup;

  /// One object for each account that somebody holds.
  private final Cache<AccountId, Account> open = Caffeine.newBuilder().weakValues().build();

  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  /// How many accounts were erased: who has opened one meanwhile looks whether it is still there.
  private final AtomicLong erasures = new AtomicLong();

  /// Holds those that nobody else holds, for a while.
  private final Cache<AccountId, Account> idle;

  /// Somebody who is told that an account has changed, but not what: a bell for all accounts.
  /// Called by those who make the changes, after they are durable and can be read; must not block.
  public interface Watcher {
    void changed(AccountId account);

    void deleted(AccountId account);
  }

  /// A mailbox that a new account begins with.
  public record Folder(MailboxName name, Optional<SpecialUse> use) {
    /// What every account has unless somebody says otherwise.
    public static final List<Folder> STANDARD =
        List.of(
            new Folder(MailboxName.INBOX, Optional.empty()),
            new Folder(new MailboxName("Drafts"), Optional.of(SpecialUse.DRAFTS)),
            new Folder(new MailboxName("Sent"), Optional.of(SpecialUse.SENT)),
            new Folder(new MailboxName("Junk"), Optional.of(SpecialUse.JUNK)),
            new Folder(new MailboxName("Trash"), Optional.of(SpecialUse.TRASH)),
            new Folder(new MailboxName("Archive"), Optional.of(SpecialUse.ARCHIVE)));
  }

  /// Without encryption.
  public Accounts(
      Engine engine, ContentStore contents, InstantSource clock, AccountsConfig config) {
    this(engine, contents, clock, config, Keyring.off());
  }

  public Accounts(
      Engine engine,
      ContentStore contents,
      InstantSource clock,
      AccountsConfig config,
      Keyring keyring) {
    this(engine, contents, clock, config, keyring, new JavaHeap());
  }

  public Accounts(
      Engine engine,
      ContentStore contents,
      InstantSource clock,
      AccountsConfig config,
      Keyring keyring,
      HeapWatch.Heap heap) {
    this.keyring = keyring;
    this.engine = engine;
    this.contents = contents;
    this.clock = clock;
    this.config = config;
    this.quotas = new Quotas(config.quota());
    this.checkup = new AccountCheckup(this, engine, contents, clock);
    this.views = new Views(config.viewCacheBytes(), this::drop);
    this.excerpts = new Excerpts(config.excerptCacheBytes());
    this.memory =
        new HeapWatch(
            heap,
            () -> {
              views.clear();
              excerpts.clear();
            });
    this.idle =
        Caffeine.newBuilder()
            .maximumSize(config.idleAccounts())
            .expireAfterAccess(config.idleTime())
            // The cache tidies up every few finds: that is too little for a thread of its own.
            .executor(Runnable::run)
            .removalListener(
                (@Nullable AccountId _, @Nullable Account account, RemovalCause cause) -> {
                  if (account != null && cause.wasEvicted()) {
                    // What an account has to write before it rests keeps no caller waiting.
                    Thread.ofVirtual().name("account-rests").start(() -> rest(account));
                  }
                })
            .build();
  }

  /// Whether there is memory for more work.
  public HeapWatch memory() {
    return memory;
  }

  /// How mailboxes in memory serve.
  public CacheFigures views() {
    return views.figures();
  }

  /// How excerpts of emails in memory serve.
  public CacheFigures excerpts() {
    return excerpts.figures();
  }

  /// Who limits what accounts hold, and who is told when one gets full.
  public Quotas quotas() {
    return quotas;
  }

  /// The account of this id, the same object for everybody while it is in use; empty when there is
  /// none.
  public Optional<Account> find(AccountId id) {
    Account kept = idle.getIfPresent(id);
    if (kept != null && !kept.isGone()) {
      return Optional.of(kept);
    }
    long before = erasures.get();
    Optional<Account> found = openOnce(id);
    found.ifPresent(account -> idle.put(id, account));
    if (found.isPresent() && erasures.get() != before && !isThere(id)) {
      letGo(id);
      return Optional.empty();
    }
    return found;
  }

  /// How an account stands, without opening it; empty when there is none.
  public Optional<Standing> standing(AccountId id) {
    return engine.get(Rows.partition(id), Keys.ACCOUNT).map(AccountRow::decode).map(Standing::of);
  }

  /// The login of the user whose account it is, without opening it; empty when there is none.
  public Optional<String> owner(AccountId id) {
    return engine
        .get(Rows.partition(id), Keys.ACCOUNT)
        .map(AccountRow::decode)
        .map(AccountRow::owner);
  }

  /// The accounts of those who have notes of their own in one that is somebody else's, or have seen
  /// something in it, and an empty text for notes of nobody; without opening it. Throws
  /// [StorageUnavailable] when their rows cannot be read.
  Set<String> readersIn(AccountId id) {
    Rows rows = rows(id);
    var readers = new HashSet<String>();
    rows.each(Keys.annotations(), row -> readers.add(Keys.annotationOf(row.key()).reader()));
    rows.each(Keys.readers(), row -> readers.add(Keys.readerOf(row.key()).account()));
    return readers;
  }

  /// From now on `watcher` is told of every change.
  public void watch(Watcher watcher) {
    watchers.add(watcher);
  }

  /// What an account begins with: the login of its user, a quota of its own, and mailboxes, all of
  /// them subscribed; INBOX is made in any case.
  public record NewAccount(String owner, QuotaLimits quota, List<Folder> folders) {
    public NewAccount {
      folders = List.copyOf(folders);
    }

    /// `quotaBytes` 0: none of its own.
    public NewAccount(String owner, long quotaBytes, List<Folder> folders) {
      this(owner, new QuotaLimits(quotaBytes, 0), folders);
    }
  }

  /// Makes an account. Throws `IllegalStateException` when the id is taken.
  public Account create(AccountId id, Actor actor, NewAccount wanted) {
    commitFirst(id, account(id).keeper().firstRows(actor, draft -> fill(draft, wanted)));
    changed(id);
    return find(id).orElseThrow(() -> new MailboxException.AccountGone(id));
  }

  private void commitFirst(AccountId id, Batch rows) {
    CommitId commit = CommitId.random();
    boolean made =
        switch (engine.commit(Rows.partition(id), 0, commit, rows)) {
          case Result.Applied _ -> true;
          case Result.Conflict(var head) -> head.isMadeBy(commit, 0);
        };
    if (!made) {
      throw new IllegalStateException("There is an account " + id + " already");
    }
  }

  private static boolean fill(AccountDraft draft, NewAccount wanted) {
    draft.setOwner(wanted.owner());
    draft.setQuota(wanted.quota());
    draft.create(MailboxName.INBOX, Optional.empty());
    draft.subscribe(MailboxName.INBOX, true);
    for (Folder folder : wanted.folders()) {
      if (!folder.name().isInbox()) {
        draft.create(folder.name(), folder.use());
        draft.subscribe(folder.name(), true);
      }
    }
    return true;
  }

  /// Deletes an account with all that is in it, durably, also one that cannot be read. Whoever
  /// still uses it gets [MailboxException.AccountGone]. False when there was none.
  public boolean delete(AccountId id) {
    Optional<Account> account = findIfSound(id);
    boolean there = account.isPresent() || isThere(id);
    engine.erase(Rows.partition(id));
    erasures.incrementAndGet();
    account.ifPresent(Account::goneForGood);
    letGo(id);
    watchers.forEach(watcher -> watcher.deleted(id));
    return there;
  }

  private void letGo(AccountId id) {
    idle.invalidate(id);
    Account held = open.asMap().remove(id);
    if (held != null) {
      held.goneForGood();
    }
  }

  /// Whether there are rows of it; also when not even its version can be read.
  boolean isThere(AccountId id) {
    try {
      return engine.readableVersion(Rows.partition(id)) > 0;
    } catch (StorageUnavailable _) {
      return true;
    }
  }

  /// Looks through an account for what does not fit together; empty when there is no such account.
  /// Goes on while the account is used; only when changes come too fast they wait.
  public Optional<ConsistencyWalk.Report> verify(AccountId id, ConsistencyWalk.Depth depth) {
    return verify(id, depth, _ -> {});
  }

  /// The same; tells `progress` now and then how many emails it has looked at.
  public Optional<ConsistencyWalk.Report> verify(
      AccountId id, ConsistencyWalk.Depth depth, LongConsumer progress) {
    return checkup.verify(id, depth, progress);
  }

  /// Puts right what can be derived, and sets aside what cannot be read; says what was done. Empty
  /// when there is no such account. Changes wait meanwhile. `owner` is the login of its user, for
  /// an account that does not know any more.
  public Optional<List<String>> repair(AccountId id, String owner) {
    return checkup.repair(id, owner);
  }

  /// Empty also when it cannot be read.
  Optional<Account> findIfSound(AccountId id) {
    try {
      return find(id);
    } catch (StorageUnavailable
        | MailboxException
        | IllegalArgumentException
        | IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  /// Does something while nobody changes the account; empty when there is none, or the action came
  /// to nothing.
  public <R> Optional<R> alone(AccountId id, Supplier<Optional<R>> action) {
    try {
      return find(id).flatMap(account -> account.alone(action));
    } catch (MailboxException.AccountGone _) {
      return Optional.empty();
    }
  }

  /// How long things are kept where nobody says otherwise.
  public Keeping keeping() {
    return new Keeping(config.history(), config.retention().trash(), config.retention().junk());
  }

  /// What upkeep of an account did.
  public record Kept(long changesForgotten, long emailsForgotten, long messagesExpunged) {
    public static final Kept NOTHING = new Kept(0, 0, 0);

    public Kept plus(Kept other) {
      return new Kept(
          changesForgotten + other.changesForgotten,
          emailsForgotten + other.emailsForgotten,
          messagesExpunged + other.messagesExpunged);
    }
  }

  /// Lets go of what an account has kept for long enough: messages of mailboxes that are emptied by
  /// time, and history. `goOn` is asked between steps; where it takes its time, this does. An
  /// account with nothing to do is not opened.
  public Kept upkeep(AccountId id, Keeping keeping, BooleanSupplier goOn) {
    Instant now = clock.instant();
    Instant before = now.minus(keeping.history());
    var rows = rows(id);
    boolean empty = Emptying.isDue(rows, keeping, now);
    boolean trim = Trimming.isDue(rows, before.minus(keeping.history().dividedBy(TRIM_SHARE)), now);
    Optional<Account> account = empty || trim ? find(id) : Optional.empty();
    if (account.isEmpty()) {
      return Kept.NOTHING;
    }
    Trimming.Breath breath = goOn::getAsBoolean;
    long expunged = empty ? new Emptying(account.get(), keeping, now, breath).run() : 0;
    Trimming.Forgotten forgotten =
        trim ? new Trimming(account.get(), now, breath).trim(before) : new Trimming.Forgotten(0, 0);
    return new Kept(forgotten.changes(), forgotten.emails(), expunged);
  }

  /// Lets go of all history of an account until now: nothing of it can be undone any more, and what
  /// is in no mailbox is not kept. Nothing when there is no such account.
  public Kept forgetHistory(AccountId id) {
    Instant now = clock.instant();
    return find(id)
        .map(account -> new Trimming(account, now, () -> true).trim(now.plusMillis(1)))
        .map(forgotten -> new Kept(forgotten.changes(), forgotten.emails(), 0))
        .orElse(Kept.NOTHING);
  }

  /// Every content that an account needs, now or for its history; some more than once. Reads all
  /// emails of all accounts. Throws [StorageUnavailable], with a text for the operator, when a row
  /// cannot be read.
  public void contents(Consumer<ContentId> use) {
    eachId(id -> NamedContents.of(id, rows(id), use));
  }

  /// What an account takes; with `history`, also what is kept for it alone: that reads all its
  /// emails and placements. Empty when there is no such account.
  public Optional<AccountSpace> space(AccountId id, boolean history) {
    return AccountSpace.of(rows(id), history);
  }

  /// Ids of accounts in order, after `after` (empty: from the first).
  public List<AccountId> list(Optional<AccountId> after, int limit) {
    return engine.partitions(Partition.Kind.ACCOUNT, after.map(Rows::partition), limit).stream()
        .map(partition -> new AccountId(partition.name()))
        .toList();
  }

  /// Wraps the keys of all accounts with the master key that is used now, where they are not yet;
  /// so it may be repeated, after a crash too. Tells `progress` how many accounts it has looked at.
  /// Returns how many keys were wrapped. Throws [StorageUnavailable], with a text for the operator,
  /// when there are accounts that cannot be read: after those of all others are wrapped.
  public long rewrapKeys(LongConsumer progress) {
    var wrapping = new KeyWrapping(this, progress);
    eachId(wrapping::wrap);
    return wrapping.done();
  }

  private void eachId(Consumer<AccountId> action) {
    List<AccountId> page = list(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      page.forEach(action);
      page = list(Optional.of(page.getLast()), PAGE);
    }
  }

  private static void rest(Account account) {
    try {
      account.rest();
    } catch (StorageUnavailable e) {
      // Sessions are told once more what is recent: no harm.
      log.atWarn().addKeyValue("account", account.id()).setCause(e).log("recent-not-written");
    }
  }

  /// Writes what open accounts keep for later. The engine is closed after this.
  @Override
  public void close() {
    for (Account account : open.asMap().values()) {
      account.rest();
    }
  }

  /// Wakes whoever listens in the accounts of such logins: nothing has changed there, but what may
  /// be seen elsewhere.
  public void ring(Predicate<String> login) {
    for (Account account : open.asMap().values()) {
      try {
        account.ringIfOf(login);
      } catch (MailboxException.AccountGone _) {
        // Then they have been woken.
      }
    }
  }

  /// Two who open an account at the same time get the same object.
  private Optional<Account> openOnce(AccountId id) {
    Account known = open.getIfPresent(id);
    if (known != null && !known.isGone()) {
      return Optional.of(known);
    }
    Account account = account(id);
    try {
      account.version();
    } catch (MailboxException.AccountGone _) {
      return Optional.empty();
    }
    // One that was deleted may have been put here again by somebody who had found it before.
    return Optional.of(
        open.asMap().compute(id, (_, there) -> there == null || there.isGone() ? account : there));
  }

  private Account account(AccountId id) {
    return new Account(
        id,
        engine,
        contents,
        views,
        excerpts,
        clock,
        config,
        quotas,
        this::changed,
        memory,
        keyring);
  }

  /// Opens rows of emails that are sealed; for whoever reads an account row by row.
  public interface RowOpener {
    /// The row as it would be without encryption. Throws [org.posthorn.storage.StorageUnavailable]
    /// when it is damaged.
    byte[] open(byte[] key, byte[] value);
  }

  /// Of a partition that is no account it opens nothing.
  public RowOpener opener(Partition partition) {
    if (partition.kind() != Partition.Kind.ACCOUNT) {
      return (_, value) -> value;
    }
    AccountKey key = rows(new AccountId(partition.name())).key();
    return (row, value) -> EmailRow.opened(Keys.longAt(row, 1), value, key);
  }

  /// Begins an account that is a copy of another one. `readers` says which account somebody has
  /// here who had another one when he read in it; the owner too.
  public AccountCopy copyTo(AccountId id, UnaryOperator<AccountId> readers) {
    return new AccountCopy(engine, contents, id, rows(id), readers);
  }

  Rows rows(AccountId id) {
    return new Rows(engine, id, keyring);
  }

  private void changed(AccountId id) {
    watchers.forEach(watcher -> watcher.changed(id));
  }

  private void drop(Views.Place place) {
    Account account = open.getIfPresent(place.account());
    if (account != null) {
      account.drop(place.mailbox());
    }
  }
}
