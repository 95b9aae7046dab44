package org.posthorn.storage.account;

import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.keys.Keyring;

/// An account as a sequence of changes. Safe for use by many threads; readers take no lock.
///
/// Order of every change: durable → readable → bell.
///
/// After [Accounts#delete] every call that needs the store throws [MailboxException.AccountGone].
public final class Account {
  private final AccountId id;
  private final Emails emails;
  private final Past past;
  private final Rows rows;
  private final Recents recents = new Recents();
  private final MailboxOpening opening;
  private final Excerpts excerpts;
  private final Quotas quotas;
  private final HeapWatch memory;
  private final AccountKeeper keeper;
  private final int mailboxesMax;
  private final PartitionOwner<AccountState, Draft> owner;
  private final Set<Bell> bells = ConcurrentHashMap.newKeySet();

  /// Under which the excerpts of its emails are kept.
  private volatile long excerptsNumber;

  /// A change as code. Runs alone, in memory; must not block, must not touch another account, and
  /// must leave nothing behind but what it does to its draft: it may run more than once.
  @FunctionalInterface
  public interface Edit<R> {
    R apply(AccountDraft draft);
  }

  Account(
      AccountId id,
      Engine engine,
      ContentStore contents,
      Views views,
      Excerpts excerpts,
      InstantSource clock,
      AccountsConfig config,
      Quotas quotas,
      Consumer<AccountId> changed,
      HeapWatch memory,
      Keyring keyring) {
    this.id = id;
    this.quotas = quotas;
    this.memory = memory;
    this.mailboxesMax = config.mailboxesMax();
    this.excerpts = excerpts;
    this.excerptsNumber = excerpts.accountNumber();
    this.rows = new Rows(engine, id, keyring);
    this.emails = new Emails(rows, contents);
    var around =
        new Draft.Surroundings(
            id,
            rows,
            new Deliveries(rows, config.deliveryMemory()),
            recents,
            views,
            config,
            quotas);
    this.keeper = new AccountKeeper(engine, contents, clock, around, bells, changed);
    this.owner = new PartitionOwner<>(engine, Rows.partition(id), keeper);
    this.past = new Past(rows, this::state);
    this.opening = new MailboxOpening(id, rows, views, memory, this::state, owner);
  }

  public AccountId id() {
    return id;
  }

  /// The version of the last change.
  public long version() {
    return state().row().version();
  }

  public Standing standing() {
    return Standing.of(state().row());
  }

  /// All mailboxes as of one version, sorted by name with INBOX first.
  public List<MailboxInfo> mailboxes() {
    AccountState state = state();
    var all = new ArrayList<MailboxInfo>();
    for (MailboxName name : state.names().mailboxes().keySet()) {
      state.find(name).ifPresent(mailbox -> all.add(state.info(mailbox)));
    }
    return all;
  }

  public Optional<MailboxInfo> find(MailboxName name) {
    AccountState state = state();
    return state.find(name).map(state::info);
  }

  public Optional<MailboxInfo> find(MailboxId mailbox) {
    AccountState state = state();
    return Optional.ofNullable(state.find(mailbox.value())).map(state::info);
  }

  /// Who may do what with a mailbox, beside the owner.
  public Acl acl(MailboxId mailbox) {
    return state().names().acls().getOrDefault(mailbox.value(), Acl.EMPTY);
  }

  /// The notes at a mailbox for one reader (empty: for all), by their entries.
  public SortedMap<String, String> annotations(MailboxId mailbox, String reader) {
    var found = new TreeMap<String, String>();
    state().names().annotations().tailMap(new Annotation(mailbox, reader, "")).entrySet().stream()
        .takeWhile(note ->
            note.getKey().mailbox().equals(mailbox) && note.getKey().reader().equals(reader))
        .forEach(note -> found.put(note.getKey().entry(), note.getValue()));
    return found;
  }

  /// The key with which this account's user vouches for URLs that lead into a mailbox, of another
  /// account too; empty where nobody did.
  public Optional<AccessKey> accessKey(AccountId host, MailboxId mailbox) {
    var place = new AccessKey.Place(host.value(), mailbox.value());
    return Optional.ofNullable(state().names().accessKeys().get(place))
        .map(row -> AccessKey.of(rows.key().openSecret(row, Keys.accessKey(place))));
  }

  /// A number that is another one when that key is; 0 where there is none.
  public int accessKeyMark(AccountId host, MailboxId mailbox) {
    return Arrays.hashCode(
        state().names().accessKeys().get(new AccessKey.Place(host.value(), mailbox.value())));
  }

  /// Names that are subscribed, whether or not there is such a mailbox (RFC 9051 §6.3.7), sorted
  /// with INBOX first.
  public List<MailboxName> subscriptions() {
    return List.copyOf(state().names().subscriptions());
  }

  /// Empty when the mailbox was deleted. Throws [org.posthorn.storage.StorageUnavailable] also when
  /// there is no memory for a mailbox of that size now.
  public Optional<MailboxView> view(MailboxId mailbox) {
    return opening.view(mailbox, Optional.empty());
  }

  /// The same for whoever holds an older view of it: where nothing has changed since, what he holds
  /// is looked at, and never is he declined for want of memory.
  public Optional<MailboxView> view(MailboxId mailbox, MailboxView held) {
    return opening.view(mailbox, Optional.of(held));
  }

  /// The mailbox as a reader sees it whose account is another one: with its own `\Seen`. Empty and
  /// throws as [#view(MailboxId)].
  public Optional<MailboxView> view(MailboxId mailbox, AccountId reader) {
    return opening.view(mailbox, reader, Optional.empty());
  }

  /// The same for a reader who holds an older view of it, as [#view(MailboxId, MailboxView)].
  public Optional<MailboxView> view(MailboxId mailbox, AccountId reader, MailboxView held) {
    return opening.view(mailbox, reader, Optional.of(held));
  }

  /// Whether a mailbox is in memory or there is room for it, so that [#view] will not decline.
  public boolean hasMemoryFor(MailboxId mailbox) {
    return opening.hasMemoryFor(mailbox);
  }

  /// Makes one change: the edit runs, what it did is committed durably together with other changes
  /// that wait, and only then this returns. An edit that throws changes nothing, and what it threw
  /// comes out here. An edit that does nothing makes no version.
  public <R> R change(Actor actor, Edit<R> edit) {
    keeper.checkThere();
    return owner.change(draft -> edit.apply(draft.by(actor)));
  }

  /// Empty when the email is gone for good. One that is damaged is there, and so it is in all that
  /// is read here: at most it has no structure of its own.
  public Optional<Email> email(long emailId) {
    return emails.find(emailId);
  }

  /// The emails of `view` from one index to another (exclusive), in that order; faster than one by
  /// one. Gone ones are left out.
  public List<Email> emails(MailboxView view, int fromIndex, int toIndex) {
    return emails.of(view, fromIndex, toIndex);
  }

  /// What is in memory of the excerpts of one kind: bytes that somebody made of each email. `kind`
  /// says what they are, by `equals`.
  public Excerpts.Shelf excerpts(Object kind) {
    return excerpts.shelf(excerptsNumber, kind);
  }

  /// The first emails whose ids are higher than `afterId`, in the order of ids, whether they are in
  /// a mailbox or not: at most `limit`, and about a megabyte of rows. Empty: there are no more.
  public List<Email> emailsAfter(long afterId, int limit) {
    return emails.between(afterId + 1, state().row().nextEmailId(), limit);
  }

  /// Bytes of a message, prefix first, in the offsets of [Email#structure]. The caller closes it.
  public InputStream open(Email email, long offset, long length) {
    return emails.open(email, offset, length);
  }

  /// The version from which on the history is whole: what was before may be asked for no more. 0:
  /// all of it is there.
  public long exactSince() {
    return state().row().exactSince();
  }

  /// UIDs expunged or moved from a mailbox by changes after `modSeq`, those of them that are
  /// wanted. `modSeq` is [#exactSince] or later; otherwise [MailboxException.HistoryTrimmed].
  public UidSet vanishedSince(MailboxId mailbox, long modSeq, LongPredicate wanted) {
    return past.vanishedSince(mailbox, modSeq, wanted);
  }

  /// The messages that changes after `modSeq` took out of a mailbox, also of one that was deleted:
  /// what an undo needs. `modSeq` is [#exactSince] or later; otherwise
  /// [MailboxException.HistoryTrimmed].
  public List<Vanished> vanished(MailboxId mailbox, long modSeq) {
    return past.vanished(mailbox, modSeq);
  }

  /// At most `limit` changes after a version, in order. What followers of the account read: one
  /// that is behind [#exactSince] gets [MailboxException.HistoryTrimmed], and looks at all that is
  /// there.
  public List<Change> history(long afterVersion, int limit) {
    return past.changes(afterVersion, limit);
  }

  /// Which of these messages were imported, and to where.
  public List<Imported> imported(List<SourceKey> keys) {
    List<Optional<byte[]>> found = rows.getAll(keys.stream().map(Keys::imported).toList());
    var imported = new ArrayList<Imported>();
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i).isPresent()) {
        imported.add(Imported.decode(keys.get(i), found.get(i).get()));
      }
    }
    return imported;
  }

  /// At most `limit` messages that were imported from the source of `from`, in the order of their
  /// keys, from `from` on.
  public List<Imported> importedFrom(SourceKey from, int limit) {
    byte[] end = Keys.after(Keys.imported(from.source()));
    return rows.page(Keys.imported(from), end, limit, Optional.empty()).rows().stream()
        .map(row -> Imported.decode(Keys.sourceKey(row.key()), row.value()))
        .toList();
  }

  /// The first UID of a mailbox that no session was told as `\Recent` yet; with `take`, this
  /// session is told and the next one is not. 0 when there is no such mailbox.
  public long firstRecentUid(MailboxId mailbox, boolean take) {
    Mailbox found = state().find(mailbox.value());
    if (found == null) {
      return 0;
    }
    return take ? recents.take(found.row()) : recents.first(found.row());
  }

  /// Rung after every change of the account, until it is closed.
  public Bell listen() {
    var bell = new Bell(bells::remove);
    bells.add(bell);
    return bell;
  }

  /// Rings that bell too. Returns what to do when it is closed.
  Consumer<Bell> listen(Bell bell) {
    bells.add(bell);
    return bells::remove;
  }

  /// Wakes all who listen if the account is of such a login, though nothing has changed here.
  void ringIfOf(Predicate<String> login) {
    if (!bells.isEmpty() && !isGone() && login.test(owner())) {
      bells.forEach(Bell::ring);
    }
  }

  /// The login of the user whose account it is; empty where nobody said.
  public String owner() {
    return state().row().owner();
  }

  /// Whether new mail should be declined for now, since the server is short of memory.
  public boolean isShortOfMemory() {
    return memory.isTight();
  }

  /// What is used and allowed, by the account's own limits, the domain's and the server's.
  public Quota quota() {
    return quotas.of(state().row());
  }

  /// How many mailboxes it may have.
  public int mailboxesMax() {
    return mailboxesMax;
  }

  /// The limits of this account alone.
  public QuotaLimits ownQuota() {
    return state().row().quota();
  }

  /// A number that is equal for two copies of an account that are equal, whatever their machines.
  public long checksum() {
    return state().row().checksum();
  }

  /// The keywords that this account ever used, alphabetically.
  public List<String> keywords() {
    return state().names().keywords().values().stream()
        .sorted(String.CASE_INSENSITIVE_ORDER)
        .toList();
  }

  /// Writes what is better written before nobody uses the account.
  void rest() {
    try {
      owner.change(draft -> {
        draft.writeRecents();
        return draft;
      });
    } catch (MailboxException.AccountGone _) {
      // Then there is nothing to write.
    }
  }

  /// Wraps the account's key with the master key that is used now. Whether that was needed.
  boolean rewrapKey() {
    return owner.change(Draft::rewrapKey);
  }

  /// The partition was erased: lets go of the state and wakes all who listen.
  void goneForGood() {
    keeper.gone();
    owner.forget();
    bells.forEach(Bell::ring);
  }

  AccountKeeper keeper() {
    return keeper;
  }

  boolean isGone() {
    return keeper.isGone();
  }

  /// Makes room in memory.
  void drop(int mailbox) {
    Mailbox found = isGone() ? null : owner.state().find(mailbox);
    if (found != null) {
      found.drop();
    }
  }

  Rows rows() {
    return rows;
  }

  /// The rows were written beside this object: they are read again.
  void forget() {
    excerptsNumber = excerpts.accountNumber();
    owner.forget();
  }

  /// Does something while no change is made.
  <R> R alone(Supplier<R> action) {
    return owner.change(_ -> action.get());
  }

  AccountState state() {
    keeper.checkThere();
    return owner.state();
  }
}
