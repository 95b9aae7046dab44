package org.posthorn.storage.account;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
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
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.keys.Keyring;

/// An account as a sequence of changes. Safe for use by many threads; readers take no lock.
///
/// Order of every change: durable → readable → bell.
///
/// After [Accounts#delete] every call that needs the store throws [MailboxException.AccountGone].
public final class Account {
  private static final int OPTIMISTIC_READS = 2;

  /// Emails whose numbers lie this much apart on average are read one by one, not as a range.
  private static final int SPARSE = 3;

  private final AccountId id;
  private final Engine engine;
  private final ContentStore contents;
  private final Rows rows;
  private final Recents recents = new Recents();
  private final Views views;
  private final Excerpts excerpts;
  private final Quotas quotas;
  private final HeapWatch memory;
  private final Keeper keeper;
  private final int mailboxesMax;
  private final PartitionOwner<AccountState, Draft> owner;
  private final Set<Bell> bells = ConcurrentHashMap.newKeySet();
  private final Consumer<AccountId> changed;
  private volatile boolean gone;

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
    this.changed = changed;
    this.memory = memory;
    this.mailboxesMax = config.mailboxesMax();
    this.engine = engine;
    this.contents = contents;
    this.views = views;
    this.excerpts = excerpts;
    this.excerptsNumber = excerpts.accountNumber();
    this.rows = new Rows(engine, id, keyring);
    var around =
        new Draft.Surroundings(
            id,
            rows,
            new Deliveries(rows, config.deliveryMemory()),
            recents,
            views,
            config,
            quotas);
    this.keeper = new Keeper(clock, around);
    this.owner = new PartitionOwner<>(engine, Rows.partition(id), keeper);
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
    return view(mailbox, Optional.empty());
  }

  /// The same for whoever holds an older view of it: where nothing has changed since, what he holds
  /// is looked at, and never is he declined for want of memory.
  public Optional<MailboxView> view(MailboxId mailbox, MailboxView held) {
    return view(mailbox, Optional.of(held));
  }

  private Optional<MailboxView> view(MailboxId mailbox, Optional<MailboxView> held) {
    for (int i = 0; i < OPTIMISTIC_READS; i++) {
      AccountState state = state();
      Mailbox found = state.find(mailbox.value());
      if (found == null) {
        return Optional.empty();
      }
      Spine spine = spine(found, held);
      if (spine != null) {
        return Optional.of(new ChunkedView(state.info(found), spine));
      }
    }
    return owner.change(draft -> viewAlone(draft, mailbox));
  }

  /// The mailbox as a reader sees it whose account is another one: with its own `\Seen`. Empty and
  /// throws as [#view(MailboxId)].
  public Optional<MailboxView> view(MailboxId mailbox, AccountId reader) {
    return view(mailbox, reader, Optional.empty());
  }

  /// The same for a reader who holds an older view of it, as [#view(MailboxId, MailboxView)].
  public Optional<MailboxView> view(MailboxId mailbox, AccountId reader, MailboxView held) {
    return view(mailbox, reader, Optional.of(held));
  }

  private Optional<MailboxView> view(
      MailboxId mailbox, AccountId reader, Optional<MailboxView> held) {
    AccountState state = state();
    Mailbox found = state.find(mailbox.value());
    if (found == null) {
      return Optional.empty();
    }
    Reader known = state.names().readers().get(new Reader.Key(mailbox.value(), reader.value()));
    Marks marks = known == null ? Marks.NONE : known.marks();
    Spine spine = marks == null ? null : spine(found, held);
    if (spine == null || marks == null) {
      return owner.change(draft -> viewAloneAs(draft, mailbox, reader));
    }
    long highest = known == null ? 0 : known.highestModSeq();
    return Optional.of(new ReaderView(new ChunkedView(state.info(found), spine), marks, highest));
  }

  private static Optional<MailboxView> viewAloneAs(
      Draft draft, MailboxId mailbox, AccountId reader) {
    try {
      return Optional.of(draft.viewAs(mailbox, reader));
    } catch (MailboxException.NotFound _) {
      return Optional.empty();
    }
  }

  /// The placements in memory, or read now; null when a change came between.
  private @Nullable Spine spine(Mailbox mailbox, Optional<MailboxView> held) {
    var place = new Views.Place(id, mailbox.id());
    Spine known = mailbox.spine();
    if (known != null) {
      views.used(place);
      return known;
    }
    Optional<Spine> same = held.flatMap(view -> ChunkedView.spineOf(view, mailbox.row()));
    if (same.isPresent()) {
      // It is in memory as long as it is held, so it may serve others too.
      mailbox.keep(same.get());
      views.kept(place, same.get());
      return same.get();
    }
    views.missed();
    if (held.isEmpty()) {
      memory.checkRoomFor(viewBytes(mailbox));
    }
    Optional<Spine> loaded = rows.spine(mailbox.row(), List.of());
    loaded.ifPresent(spine -> {
      mailbox.keep(spine);
      views.kept(place, spine);
    });
    return loaded.orElse(null);
  }

  /// Whether a mailbox is in memory or there is room for it, so that [#view] will not decline.
  public boolean hasMemoryFor(MailboxId mailbox) {
    Mailbox found = state().find(mailbox.value());
    return found == null || found.spine() != null || memory.hasRoomFor(viewBytes(found));
  }

  private static long viewBytes(Mailbox mailbox) {
    return (long) mailbox.row().messages() * Chunk.MESSAGE_BYTES;
  }

  private static Optional<MailboxView> viewAlone(Draft draft, MailboxId mailbox) {
    try {
      return Optional.of(draft.view(mailbox));
    } catch (MailboxException.NotFound _) {
      return Optional.empty();
    }
  }

  /// Makes one change: the edit runs, what it did is committed durably together with other changes
  /// that wait, and only then this returns. An edit that throws changes nothing, and what it threw
  /// comes out here. An edit that does nothing makes no version.
  public <R> R change(Actor actor, Edit<R> edit) {
    checkThere();
    return owner.change(draft -> edit.apply(draft.by(actor)));
  }

  /// Empty when the email is gone for good. One that is damaged is there, and so it is in all that
  /// is read here: at most it has no structure of its own.
  public Optional<Email> email(long emailId) {
    return rows.get(Keys.email(emailId)).map(row -> email(emailId, row));
  }

  private Email email(long emailId, byte[] row) {
    return EmailRow.read(emailId, row, contents, rows.key());
  }

  /// The emails of `view` from one index to another (exclusive), in that order; faster than one by
  /// one. Gone ones are left out.
  public List<Email> emails(MailboxView view, int fromIndex, int toIndex) {
    int count = toIndex - fromIndex;
    if (count <= 0) {
      return List.of();
    }
    var ids = new long[count];
    long lowest = Long.MAX_VALUE;
    long highest = 0;
    boolean ascending = true;
    for (int i = 0; i < count; i++) {
      ids[i] = view.emailId(fromIndex + i);
      ascending &= ids[i] > highest;
      lowest = Math.min(lowest, ids[i]);
      highest = Math.max(highest, ids[i]);
    }
    return ascending && highest - lowest < (long) count * SPARSE
        ? emailsBetween(ids)
        : emailsOneByOne(ids);
  }

  /// `ids` are ascending and close together: one walk over the rows.
  private List<Email> emailsBetween(long[] ids) {
    var emails = new ArrayList<Email>(ids.length);
    rows.between(
        Keys.email(ids[0]),
        Keys.email(ids[ids.length - 1] + 1),
        row -> {
          long emailId = Keys.longAt(row.key(), 1);
          if (Arrays.binarySearch(ids, emailId) >= 0) {
            emails.add(email(emailId, row.value()));
          }
        });
    return emails;
  }

  private List<Email> emailsOneByOne(long[] ids) {
    var keys = new ArrayList<byte[]>(ids.length);
    for (long emailId : ids) {
      keys.add(Keys.email(emailId));
    }
    List<Optional<byte[]>> found = rows.getAll(keys);
    var emails = new ArrayList<Email>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      if (found.get(i).isPresent()) {
        emails.add(email(ids[i], found.get(i).get()));
      }
    }
    return emails;
  }

  /// What is in memory of the excerpts of one kind: bytes that somebody made of each email. `kind`
  /// says what they are, by `equals`.
  public Excerpts.Shelf excerpts(Object kind) {
    return excerpts.shelf(excerptsNumber, kind);
  }

  /// The first emails whose ids are higher than `afterId`, in the order of ids, whether they are in
  /// a mailbox or not: at most `limit`, and about a megabyte of rows. Empty: there are no more.
  public List<Email> emailsAfter(long afterId, int limit) {
    return rows
        .page(
            Keys.email(afterId + 1),
            Keys.email(state().row().nextEmailId()),
            limit,
            Optional.empty())
        .rows()
        .stream()
        .map(row -> email(Keys.longAt(row.key(), 1), row.value()))
        .toList();
  }

  /// Bytes of a message, prefix first, in the offsets of [Email#structure]. The caller closes it.
  public InputStream open(Email email, long offset, long length) {
    byte[] prefix = email.prefix().getBytes(StandardCharsets.UTF_8);
    if (offset >= prefix.length) {
      return contents.open(email.content(), offset - prefix.length, length);
    }
    int fromPrefix = (int) Math.min(length, prefix.length - offset);
    var first = new ByteArrayInputStream(prefix, (int) offset, fromPrefix);
    return fromPrefix == length
        ? first
        : new SequenceInputStream(first, contents.open(email.content(), 0, length - fromPrefix));
  }

  /// The version from which on the history is whole: what was before may be asked for no more. 0:
  /// all of it is there.
  public long exactSince() {
    return state().row().exactSince();
  }

  private void checkKnown(long version) {
    checkKnown(version, exactSince());
  }

  private static void checkKnown(long version, long since) {
    if (version < since) {
      throw new MailboxException.HistoryTrimmed(
          "What was before version %d is not known any more; %d was asked for"
              .formatted(since, version));
    }
  }

  /// After reading: history may have been forgotten meanwhile, also by a commit that is not shown
  /// yet.
  private void checkStillKnown(long version) {
    rows.get(Keys.ACCOUNT)
        .ifPresent(row -> checkKnown(version, AccountRow.decode(row).exactSince()));
  }

  /// UIDs expunged or moved from a mailbox by changes after `modSeq`, those of them that are
  /// wanted. `modSeq` is [#exactSince] or later; otherwise [MailboxException.HistoryTrimmed].
  public UidSet vanishedSince(MailboxId mailbox, long modSeq, LongPredicate wanted) {
    checkKnown(modSeq);
    long until = version();
    if (modSeq >= until) {
      return UidSet.NONE;
    }
    long[] uids = rows.vanishedUids(mailbox.value(), modSeq, until, wanted);
    checkStillKnown(modSeq);
    return UidSet.of(uids);
  }

  /// The messages that changes after `modSeq` took out of a mailbox, also of one that was deleted:
  /// what an undo needs. `modSeq` is [#exactSince] or later; otherwise
  /// [MailboxException.HistoryTrimmed].
  public List<Vanished> vanished(MailboxId mailbox, long modSeq) {
    checkKnown(modSeq);
    long until = version();
    if (modSeq >= until) {
      return List.of();
    }
    List<Vanished> all = rows.vanished(mailbox.value(), modSeq, until);
    checkStillKnown(modSeq);
    return all;
  }

  /// At most `limit` changes after a version, in order. What followers of the account read: one
  /// that is behind [#exactSince] gets [MailboxException.HistoryTrimmed], and looks at all that is
  /// there.
  public List<Change> history(long afterVersion, int limit) {
    checkKnown(afterVersion);
    long until = version();
    if (afterVersion >= until) {
      return List.of();
    }
    var changes = new ArrayList<Change>();
    Optional<Page.Resume> resume = Optional.empty();
    var pieces = new ChangePieces();
    do {
      Page page =
          rows.page(Keys.change(afterVersion + 1), Keys.change(until + 1), limit + 1, resume);
      for (Page.Row row : page.rows()) {
        pieces.add(row).ifPresent(changes::add);
      }
      resume = page.resume();
    } while (resume.isPresent() && changes.size() < limit);
    if (resume.isEmpty()) {
      pieces.end().ifPresent(changes::add);
    }
    checkStillKnown(afterVersion);
    return changes.size() > limit ? List.copyOf(changes.subList(0, limit)) : changes;
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
    if (!bells.isEmpty() && !gone && login.test(owner())) {
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
    gone = true;
    owner.forget();
    bells.forEach(Bell::ring);
  }

  boolean isGone() {
    return gone;
  }

  /// Makes room in memory.
  void drop(int mailbox) {
    Mailbox found = gone ? null : owner.state().find(mailbox);
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
    checkThere();
    return owner.state();
  }

  /// The rows of a first change, for an account that is not there yet.
  Batch firstRows(Actor actor, Edit<?> edit) {
    var draft =
        new Draft(AccountState.empty(), new Unwritten(), keeper.clock.instant(), keeper.around);
    edit.apply(draft.by(actor));
    return draft.finish().map(PartitionOwner.Step::rows).orElseThrow();
  }

  private void checkThere() {
    if (gone) {
      throw new MailboxException.AccountGone(id);
    }
  }

  private final class Keeper implements PartitionOwner.Keeper<AccountState, Draft> {
    private final InstantSource clock;
    private final Draft.Surroundings around;

    /// The state that all can see: what is unwritten in it is written.
    private volatile @Nullable AccountState published;

    Keeper(InstantSource clock, Draft.Surroundings around) {
      this.clock = clock;
      this.around = around;
    }

    @Override
    public AccountState load(Engine from, Partition partition) {
      checkThere();
      Keys.LARGE_CHANGE.recover(from, partition);
      return rows.state(id);
    }

    @Override
    public Draft draft(AccountState state) {
      Unwritten unwritten = state == published ? new Unwritten() : state.unwritten();
      return new Draft(state, unwritten, clock.instant(), around);
    }

    @Override
    public Optional<PartitionOwner.Step<AccountState>> finish(Draft draft) {
      return draft
          .finish()
          .map(step ->
              new PartitionOwner.Step<>(
                  step.state(), Keys.LARGE_CHANGE.whole(step.rows(), engine.limits())));
    }

    @Override
    public List<Cargo> beforeCommit(List<Draft> drafts) {
      var named = new LinkedHashSet<ContentId>();
      var notes = new ArrayList<Note>();
      for (Draft draft : drafts) {
        named.addAll(draft.contents());
        notes.addAll(draft.notes());
      }
      if (!notes.isEmpty()) {
        contents.note(notes);
      }
      return contents.cargo(named);
    }

    @Override
    public void published(AccountState before, AccountState after) {
      published = after;
      quotas.published(id, after.row());
      after.names().readers().values().forEach(Reader::written);
      for (Mailbox mailbox : after.mailboxes()) {
        Spine spine = mailbox.spine();
        if (spine != null && before.find(mailbox.id()) != mailbox) {
          views.kept(new Views.Place(id, mailbox.id()), spine);
        }
      }
      bells.forEach(Bell::ring);
      changed.accept(id);
    }
  }
}
