package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// One change while it is made: what it does so far, in memory and as rows. Nothing of it is seen
/// outside before [#finish], and nothing is left of it when it is dropped. Confined to whoever
/// leads the round of changes.
final class Draft implements AccountDraft {
  /// Runs of neighbours from this length on are deleted as a range.
  private static final int RANGE_MIN = 32;

  private static final int VANISHED_ROW_BYTES = 40 << 10;
  private static final int CHANGE_ROW_BYTES = 48 << 10;
  private static final int VANISHED_FORM = 1;
  private static final int RETENTION_MAX_DAYS = 36_500;
  private static final long SIZE_MAX = 0xFFFF_FFFFL;

  private final AccountState base;
  private final Surroundings around;
  private final Unwritten unwritten;
  private final long version;
  private final Instant now;
  private Actor actor;

  private final Map<Integer, MailboxDraft> mailboxes = new LinkedHashMap<>(4);
  private final Set<Integer> removed = new LinkedHashSet<>(1);
  private final List<Change.Event> events = new ArrayList<>();
  private final List<Placement> appended = new ArrayList<>();
  private final Threads threads;
  private final Set<Unwritten.Delivery> deliveries = new LinkedHashSet<>(2);
  private final Map<SourceKey, Optional<Imported>> imports = new HashMap<>(2);
  private final Set<ContentId> contents = new LinkedHashSet<>(2);
  private final List<Note> notes = new ArrayList<>(2);
  private final Batch rows = new Batch();
  private @Nullable MailboxDraft appendedTo;
  private @Nullable SortedMap<MailboxName, Integer> changedNames;
  private @Nullable SortedSet<MailboxName> changedSubscriptions;
  private @Nullable Map<String, String> changedKeywords;
  private @Nullable Map<Integer, Acl> changedAcls;
  private @Nullable Map<Reader.Key, Reader> changedReaders;
  private @Nullable SortedMap<Annotation, String> changedAnnotations;
  private @Nullable Map<AccessKey.Place, byte[]> changedAccessKeys;
  private boolean rewrapped;
  private int nextMailboxId;
  private long nextEmailId;
  private long lastUidValidity;
  private String owner;
  private QuotaLimits quota;
  private int warnedPercent;
  private long usedBytes;
  private long usedMessages;
  private long exactSince;
  private boolean forgot;
  private long emailsChecksum;

  /// What a draft needs of the account: its rows, limits, and what is kept beside its state.
  record Surroundings(
      AccountId id,
      Rows rows,
      Deliveries deliveries,
      Recents recents,
      Views views,
      AccountsConfig config,
      Quotas quotas) {}

  Draft(AccountState base, Unwritten unwritten, Instant now, Surroundings around) {
    AccountRow row = base.row();
    this.base = base;
    this.unwritten = unwritten;
    this.around = around;
    this.now = now;
    this.threads = new Threads(around.rows(), unwritten.threads());
    this.actor = new Actor("", "", "");
    this.version = row.version() + 1;
    this.nextMailboxId = row.nextMailboxId();
    this.nextEmailId = row.nextEmailId();
    this.lastUidValidity = row.lastUidValidity();
    this.owner = row.owner();
    this.quota = row.quota();
    this.warnedPercent = row.warnedPercent();
    this.usedBytes = row.usedBytes();
    this.usedMessages = row.usedMessages();
    this.exactSince = row.exactSince();
    this.emailsChecksum = row.emailsChecksum();
  }

  Draft by(Actor who) {
    actor = who;
    return this;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public Optional<MailboxInfo> find(MailboxName name) {
    Integer id = names().get(name);
    return id == null ? Optional.empty() : Optional.of(mailbox(new MailboxId(id)));
  }

  @Override
  public MailboxInfo mailbox(MailboxId id) {
    return info(at(id));
  }

  @Override
  public ChunkedView view(MailboxId id) {
    MailboxDraft mailbox = at(id);
    return new ChunkedView(info(mailbox), mailbox.spine());
  }

  @Override
  public MailboxInfo create(MailboxName name, Optional<SpecialUse> use) {
    if (names().containsKey(name)) {
      throw new MailboxException.AlreadyExists(name.value());
    }
    use.ifPresent(this::checkUnused);
    name.parent()
        .filter(parent -> !names().containsKey(parent))
        .ifPresent(parent -> create(parent, Optional.empty()));
    return make(name, use);
  }

  /// A mailbox without those above it.
  MailboxInfo make(MailboxName name, Optional<SpecialUse> use) {
    if (names().size() >= around.config().mailboxesMax()) {
      throw new MailboxException.LimitReached(
          "An account has at most " + around.config().mailboxesMax() + " mailboxes");
    }
    int id = nextMailboxId++;
    lastUidValidity = Math.max(lastUidValidity + 1, now.getEpochSecond());
    var row =
        new MailboxRow(
            id, name, use, lastUidValidity, 1, version, 0, 0, 0, 0, 0, 1, OptionalInt.empty());
    var created = new MailboxDraft(new Mailbox(row, Spine.EMPTY), this::load);
    created.touchSilently();
    mailboxes.put(id, created);
    writableNames().put(name, id);
    add(new Change.Created(new MailboxId(id), name));
    inherit(new MailboxId(id), name);
    return info(created);
  }

  @Override
  public void rename(MailboxId id, MailboxName to) {
    MailboxDraft mailbox = at(id);
    MailboxName from = mailbox.name();
    if (names().containsKey(to)) {
      throw new MailboxException.AlreadyExists(to.value());
    }
    if (from.isInbox()) {
      MailboxId target = create(to, Optional.empty()).id();
      move(id, allUids(mailbox), target);
      notesAt(id)
          .forEach((note, value) ->
              annotate(new Annotation(target, note.reader(), note.entry()), Optional.of(value)));
      return;
    }
    if (to.isBelow(from)) {
      throw new MailboxException.NotPermitted("Mailbox " + from + " cannot be moved below itself");
    }
    to.parent()
        .filter(parent -> !names().containsKey(parent))
        .ifPresent(parent -> create(parent, Optional.empty()));
    List<MailboxName> moving =
        names().keySet().stream().filter(name -> name.equals(from) || name.isBelow(from)).toList();
    for (MailboxName name : moving) {
      renameOne(name, name.moved(from, to));
    }
  }

  /// Gives mailboxes other names at once, also each other's.
  void renameAll(Map<MailboxId, MailboxName> names) {
    names.keySet().forEach(id -> writableNames().remove(at(id).name()));
    names.forEach((id, to) -> {
      if (writableNames().putIfAbsent(to, id.value()) != null) {
        throw new MailboxException.AlreadyExists(to.value());
      }
      MailboxName from = at(id).name();
      at(id).rename(to, version);
      add(new Change.Renamed(id, from, to));
    });
  }

  /// Gives mailboxes other uses at once, also each other's; a use that another mailbox has is not
  /// given.
  void useAll(Map<MailboxId, Optional<SpecialUse>> uses) {
    Map<MailboxId, Optional<SpecialUse>> before = new LinkedHashMap<>();
    uses.keySet()
        .forEach(id -> {
          before.put(id, at(id).use());
          at(id).use(Optional.empty(), version);
        });
    before.forEach((id, old) -> {
      Optional<SpecialUse> use =
          uses.getOrDefault(id, Optional.empty()).filter(wanted -> !isUsed(wanted));
      at(id).use(use, version);
      if (!use.equals(old)) {
        add(new Change.UseSet(id, old, use));
      }
    });
  }

  private void renameOne(MailboxName from, MailboxName to) {
    Integer id = names().get(from);
    if (id == null) {
      throw new MailboxException.NotFound(from.value());
    }
    if (names().containsKey(to)) {
      throw new MailboxException.AlreadyExists(to.value());
    }
    at(new MailboxId(id)).rename(to, version);
    writableNames().remove(from);
    writableNames().put(to, id);
    add(new Change.Renamed(new MailboxId(id), from, to));
  }

  @Override
  public void delete(MailboxId id) {
    MailboxDraft mailbox = at(id);
    if (mailbox.name().isInbox()) {
      throw new MailboxException.NotPermitted("INBOX cannot be deleted");
    }
    if (mailbox.messages() > 0) {
      vanish(mailbox, indexes(0, mailbox.spine().size()));
    }
    rows.delete(Keys.mailbox(mailbox.id()));
    List.copyOf(acl(id).entries().keySet()).forEach(who -> setRights(id, who, Rights.NONE));
    notesAt(id).keySet().forEach(note -> annotate(note, Optional.empty()));
    forgetAccessKey(new AccessKey.Place(around.id().value(), id.value()));
    forgetReaders(id.value());
    writableNames().remove(mailbox.name());
    mailboxes.remove(mailbox.id());
    removed.add(mailbox.id());
    add(new Change.Deleted(id, mailbox.name(), mailbox.use()));
  }

  @Override
  public void subscribe(MailboxName name, boolean subscribed) {
    if (subscriptions().contains(name) == subscribed) {
      return;
    }
    if (subscribed) {
      if (subscriptions().size() >= around.config().mailboxesMax()) {
        throw new MailboxException.LimitReached(
            "An account has at most " + around.config().mailboxesMax() + " subscriptions");
      }
      writableSubscriptions().add(name);
      rows.put(Keys.subscription(name), Rows.text(name.value()));
    } else {
      writableSubscriptions().remove(name);
      rows.delete(Keys.subscription(name));
    }
    add(new Change.Subscribed(name, subscribed));
  }

  @Override
  public long append(MailboxId to, NewEmail email) {
    MailboxDraft mailbox = at(to);
    long sizeBytes = sizeBytes(email);
    checkRoom(sizeBytes, 1);
    return placeNew(mailbox, email, sizeBytes);
  }

  private static long sizeBytes(NewEmail email) {
    int prefixBytes = email.prefix().getBytes(StandardCharsets.UTF_8).length;
    if (prefixBytes > EmailRow.PREFIX_MAX_BYTES) {
      throw new MailboxException.LimitReached(
          "At most " + EmailRow.PREFIX_MAX_BYTES + " bytes of header lines are added to a message");
    }
    long sizeBytes = prefixBytes + email.content().sizeBytes();
    if (sizeBytes > SIZE_MAX) {
      throw new MailboxException.LimitReached("A message has at most " + SIZE_MAX + " bytes");
    }
    return sizeBytes;
  }

  private long placeNew(MailboxDraft mailbox, NewEmail email, long sizeBytes) {
    learn(email.flags());
    long id = nextEmailId++;
    var made =
        new Email(
            id,
            email.content().id(),
            email.prefix(),
            sizeBytes,
            EmailRow.structure(email.content(), email.prefix()),
            threads.join(email.content().structure(), id, rows));
    AccountKey key = around.rows().key();
    rows.put(Keys.email(id), key.close(id, made, rows));
    contents.add(made.content());
    notes.add(
        new Note(
            made.content().withoutKey(),
            around.id().value(),
            id,
            owner,
            mailbox.name().value(),
            email.internalDate().toEpochMilli(),
            String.join(" ", email.flags().names()),
            key.isOn() ? "" : email.prefix()));
    emailsChecksum += Checksum.ofEmail(id, made.content().place(), sizeBytes, made.prefix());
    var placement =
        new Placement(
            mailbox.takeUids(1),
            id,
            email.flags(),
            version,
            sizeBytes,
            email.internalDate().toEpochMilli(),
            now.toEpochMilli());
    place(mailbox, List.of(placement));
    addAppended(mailbox, placement);
    return placement.uid();
  }

  @Override
  public OptionalLong deliver(MailboxId to, NewEmail email, MailId mail, String recipient) {
    var delivery = new Unwritten.Delivery(mail, recipient);
    if (deliveries.contains(delivery) || around.deliveries().known(delivery, unwritten)) {
      return OptionalLong.empty();
    }
    long uid = append(to, email);
    deliveries.add(delivery);
    around.deliveries().write(delivery, to, uid, now, rows);
    return OptionalLong.of(uid);
  }

  @Override
  public OptionalLong appendOnce(MailboxId to, NewEmail email, SourceKey source) {
    if (imported(source).isPresent()) {
      return OptionalLong.empty();
    }
    long uid = append(to, email);
    write(new Imported(source, to, uid, email.flags()));
    return OptionalLong.of(uid);
  }

  @Override
  public boolean followFlags(SourceKey source, Flags flags) {
    Optional<Imported> known = imported(source).filter(was -> !was.flags().equals(flags));
    known.ifPresent(was -> {
      if (there(was.mailbox())) {
        UidSet uid = UidSet.of(was.uid());
        Flags added = flags.without(was.flags());
        Flags removed = was.flags().without(flags);
        store(was.mailbox(), uid, FlagChange.ADD, added, OptionalLong.empty());
        store(was.mailbox(), uid, FlagChange.REMOVE, removed, OptionalLong.empty());
      }
      write(new Imported(source, was.mailbox(), was.uid(), flags));
    });
    return known.isPresent();
  }

  @Override
  public boolean followRemoval(SourceKey source) {
    Optional<Imported> known = imported(source);
    known.ifPresent(was -> {
      if (there(was.mailbox())) {
        expunge(was.mailbox(), UidSet.of(was.uid()));
      }
      imports.put(source, Optional.empty());
      rows.delete(Keys.imported(source));
    });
    return known.isPresent();
  }

  @Override
  public void mark(SourceKey mark, Optional<SourceKey> instead, MailboxId mailbox) {
    instead.ifPresent(old -> {
      imports.put(old, Optional.empty());
      rows.delete(Keys.imported(old));
    });
    write(new Imported(mark, mailbox, 0, Flags.NONE));
  }

  private Optional<Imported> imported(SourceKey source) {
    Optional<Imported> made = imports.get(source);
    if (made == null) {
      made = unwritten.imports().get(source);
    }
    return made != null
        ? made
        : around.rows().get(Keys.imported(source)).map(row -> Imported.decode(source, row));
  }

  private void write(Imported imported) {
    imports.put(imported.source(), Optional.of(imported));
    rows.put(Keys.imported(imported.source()), imported.encode());
  }

  private boolean there(MailboxId id) {
    return mailboxes.containsKey(id.value())
        || (!removed.contains(id.value()) && base.find(id.value()) != null);
  }

  @Override
  public Moved copy(MailboxId from, UidSet uids, MailboxId to) {
    MailboxDraft source = at(from);
    MailboxDraft target = at(to);
    Spine spine = source.spine();
    int[] indexes = spine.indexesOf(uids);
    long bytes = 0;
    for (int index : indexes) {
      bytes += spine.placement(index).sizeBytes();
    }
    checkRoom(bytes, indexes.length);
    Pairs pairs = placeAgain(spine, indexes, target);
    if (indexes.length > 0) {
      add(new Change.Copied(from, pairs.from(), to, pairs.to()));
    }
    return pairs;
  }

  @Override
  public Moved move(MailboxId from, UidSet uids, MailboxId to) {
    MailboxDraft source = at(from);
    MailboxDraft target = at(to);
    int[] indexes = source.spine().indexesOf(uids);
    Pairs pairs = placeAgain(source.spine(), indexes, target);
    if (indexes.length > 0) {
      vanish(source, indexes);
      add(new Change.Moved(from, pairs.from(), to, pairs.to()));
    }
    return pairs;
  }

  private Pairs placeAgain(Spine from, int[] indexes, MailboxDraft target) {
    long firstUid = target.takeUids(indexes.length);
    var copies = new ArrayList<Placement>(indexes.length);
    var fromUids = new long[indexes.length];
    var toUids = new long[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      Placement old = from.placement(indexes[i]);
      fromUids[i] = old.uid();
      toUids[i] = firstUid + i;
      copies.add(
          new Placement(
              toUids[i],
              old.emailId(),
              old.flags(),
              version,
              old.sizeBytes(),
              old.internalMillis(),
              now.toEpochMilli()));
    }
    if (!copies.isEmpty()) {
      place(target, copies);
    }
    return new Pairs(target.uidValidity(), fromUids, toUids);
  }

  @Override
  public Stored store(
      MailboxId mailbox, UidSet uids, FlagChange change, Flags flags, OptionalLong unchangedSince) {
    MailboxDraft target = at(mailbox);
    Spine spine = target.spine();
    var modified = LongStream.builder();
    int[] found = spine.indexesOf(uids);
    var indexes = new int[found.length];
    var after = new Flags[found.length];
    var gathered = new FlagRuns();
    int count = 0;
    for (int index : found) {
      Placement old = spine.placement(index);
      Flags next = changed(old.flags(), change, flags);
      if (unchangedSince.isPresent() && old.modSeq() > unchangedSince.getAsLong()) {
        modified.add(old.uid());
      } else if (!next.equals(old.flags())) {
        indexes[count] = index;
        after[count++] = next;
        gathered.add(old.uid(), old.flags(), next);
        rows.put(
            Keys.placement(target.id(), old.uid()), MailboxDraft.with(old, next, version).encode());
      }
    }
    if (count > 0) {
      if (change != FlagChange.REMOVE) {
        learn(flags);
      }
      target.flag(Arrays.copyOf(indexes, count), Arrays.copyOf(after, count), version);
    }
    List<FlagRuns.Run> runs = gathered.runs();
    runs.forEach(run -> add(new Change.Flagged(mailbox, run.uids(), run.before(), run.after())));
    return new Stored(FlagRuns.all(runs), UidSet.ofAscending(modified.build().toArray()));
  }

  private static Flags changed(Flags old, FlagChange change, Flags flags) {
    return switch (change) {
      case ADD -> old.with(flags);
      case REMOVE -> old.without(flags);
      case REPLACE -> flags;
    };
  }

  @Override
  public UidSet expunge(MailboxId mailbox, UidSet uids) {
    MailboxDraft target = at(mailbox);
    int[] indexes = target.spine().indexesOf(uids);
    if (indexes.length == 0) {
      return UidSet.NONE;
    }
    UidSet gone = vanish(target, indexes);
    add(new Change.Expunged(mailbox, gone));
    return gone;
  }

  /// Places emails that were here before, as they were but for UID and saved date. Quota stops
  /// nothing that was here before.
  void bringBack(MailboxId to, List<Vanished> gone) {
    MailboxDraft target = at(to);
    long uid = target.takeUids(gone.size());
    var placements = new ArrayList<Placement>(gone.size());
    for (Vanished message : gone) {
      placements.add(
          new Placement(
              uid++,
              message.emailId(),
              message.flags(),
              version,
              message.sizeBytes(),
              message.internalMillis(),
              now.toEpochMilli()));
    }
    place(target, placements);
    add(new Change.BroughtBack(to, UidSet.range(uid - gone.size(), uid - 1)));
  }

  /// Says in the log what the rest of this change is for.
  void restored(long toVersion) {
    add(new Change.Restored(toVersion));
  }

  /// Whether this change is the first behind a state.
  boolean isBehind(AccountState state) {
    return base == state && events.isEmpty();
  }

  /// The messages of a mailbox of the state that this draft is behind.
  Spine spineOf(Mailbox mailbox) {
    return at(new MailboxId(mailbox.id())).spine();
  }

  boolean isUsed(SpecialUse use) {
    return names().values().stream()
        .anyMatch(id -> at(new MailboxId(id)).use().filter(use::equals).isPresent());
  }

  @Override
  public void retain(MailboxId mailbox, OptionalInt days) {
    if (days.isPresent() && (days.getAsInt() < 0 || days.getAsInt() > RETENTION_MAX_DAYS)) {
      throw new MailboxException.NotPermitted(
          "A mailbox keeps messages for 1 to " + RETENTION_MAX_DAYS + " days, or for ever");
    }
    MailboxDraft target = at(mailbox);
    OptionalInt before = target.retentionDays();
    if (!before.equals(days)) {
      target.retain(days, version);
      add(new Change.RetentionSet(mailbox, before, days));
    }
  }

  /// RFC 4314 §4: as the mailbox above it.
  private void inherit(MailboxId made, MailboxName name) {
    name.parent()
        .map(parent -> names().get(parent))
        .map(parent -> acl(new MailboxId(parent)))
        .ifPresent(acl -> acl.entries().forEach((who, rights) -> setRights(made, who, rights)));
  }

  @Override
  public Acl acl(MailboxId mailbox) {
    return acls().getOrDefault(mailbox.value(), Acl.EMPTY);
  }

  @Override
  public void setRights(MailboxId mailbox, String identifier, Rights rights) {
    int id = at(mailbox).id();
    Acl before = acl(mailbox);
    Acl after = before.with(identifier, rights);
    if (after.equals(before)) {
      return;
    }
    int bytes = identifier.getBytes(StandardCharsets.UTF_8).length;
    if (after.entries().size() > Acl.ENTRIES_MAX || bytes > Acl.IDENTIFIER_MAX_BYTES) {
      throw new MailboxException.LimitReached(
          "At most " + Acl.ENTRIES_MAX + " have rights in a mailbox: use a group");
    }
    if (after.isEmpty()) {
      writableAcls().remove(id);
      rows.delete(Keys.acl(id));
    } else {
      writableAcls().put(id, after);
      rows.put(Keys.acl(id), after.encode());
    }
    add(new Change.AclSet(mailbox, identifier, before.of(identifier), rights));
  }

  @Override
  public void annotate(Annotation note, Optional<String> value) {
    if (!note.mailbox().equals(Annotation.WHOLE_ACCOUNT)) {
      var _ = at(note.mailbox());
    }
    Optional<String> before = Optional.ofNullable(annotations().get(note));
    if (before.equals(value)) {
      return;
    }
    value.ifPresent(text -> checkNote(note, text, before));
    if (value.isPresent()) {
      writableAnnotations().put(note, value.get());
      rows.put(Keys.annotation(note), Rows.text(value.get()));
    } else {
      writableAnnotations().remove(note);
      rows.delete(Keys.annotation(note));
    }
    add(new Change.Annotated(note, before, value));
  }

  private void checkNote(Annotation note, String value, Optional<String> before) {
    long there =
        annotations().keySet().stream()
            .filter(
                one -> one.mailbox().equals(note.mailbox()) && one.reader().equals(note.reader()))
            .count();
    long bytes = annotations().values().stream().mapToLong(String::length).sum();
    if (value.length() > Annotation.VALUE_MAX_BYTES
        || note.entry().getBytes(StandardCharsets.UTF_8).length > Annotation.ENTRY_MAX_BYTES
        || (before.isEmpty() && there >= Annotation.MAX_AT_ONE)
        || bytes + value.length() > Annotation.MAX_BYTES) {
      throw new MailboxException.LimitReached("There is no room for more notes");
    }
  }

  /// No event tells of it: the history must not keep what is to be forgotten.
  @Override
  public AccessKey accessKey(AccountId host, MailboxId mailbox, boolean anew) {
    if (host.equals(around.id())) {
      var _ = at(mailbox);
    }
    var place = new AccessKey.Place(host.value(), mailbox.value());
    byte[] rowKey = Keys.accessKey(place);
    byte[] row = accessKeys().get(place);
    if (row != null && !anew) {
      return AccessKey.of(around.rows().key().openSecret(row, rowKey));
    }
    if (row == null && accessKeys().size() >= AccessKey.MAX_IN_ACCOUNT) {
      throw new MailboxException.LimitReached("There are too many access keys: reset them");
    }
    AccessKey made = AccessKey.random();
    byte[] closed = around.rows().key().closeSecret(made.secret(), rowKey, rows);
    rows.put(rowKey, closed);
    writableAccessKeys().put(place, closed);
    return made;
  }

  @Override
  public void forgetAccessKeys() {
    List.copyOf(accessKeys().keySet()).forEach(this::forgetAccessKey);
  }

  private void forgetAccessKey(AccessKey.Place place) {
    if (accessKeys().containsKey(place)) {
      writableAccessKeys().remove(place);
      rows.delete(Keys.accessKey(place));
    }
  }

  private SortedMap<Annotation, String> notesAt(MailboxId mailbox) {
    return new TreeMap<>(
        annotations()
            .subMap(
                new Annotation(mailbox, "", ""),
                new Annotation(new MailboxId(mailbox.value() + 1), "", "")));
  }

  @Override
  public ReaderView viewAs(MailboxId id, AccountId reader) {
    var key = new Reader.Key(id.value(), reader.value());
    Reader known = readers().get(key);
    return new ReaderView(view(id), marks(key), known == null ? 0 : known.highestModSeq());
  }

  private Marks marks(Reader.Key key) {
    Reader known = readers().get(key);
    if (known == null) {
      return Marks.NONE;
    }
    Marks marks = known.marks();
    if (marks == null) {
      marks = around.rows().marks(key);
      known.keep(marks);
    }
    return marks;
  }

  /// Marks of messages that are gone go with the next mark beside them.
  @Override
  public UidSet markSeen(MailboxId mailbox, AccountId reader, UidSet uids, boolean seen) {
    Spine spine = at(mailbox).spine();
    var key = new Reader.Key(mailbox.value(), reader.value());
    Marks before = marks(key);
    var pages = new TreeMap<Long, long[]>();
    var changed = LongStream.builder();
    for (long uid : uids.toArray()) {
      if (spine.indexOf(uid) >= 0 && before.seen(uid) != seen) {
        long[] page =
            pages.computeIfAbsent(Marks.pageOf(uid), number -> livePage(before, number, spine));
        page[(int) (uid % Marks.PAGE)] = Marks.marked(seen, version);
        changed.add(uid);
      }
    }
    UidSet marked = UidSet.ofAscending(changed.build().toArray());
    if (!marked.isEmpty()) {
      pages.forEach((number, page) -> rows.put(Keys.seen(key, number), Marks.encode(page)));
      rows.put(Keys.reader(key), Rows.number(version));
      writableReaders().put(key, new Reader(version, before.with(pages)));
      add(new Change.SeenBy(mailbox, reader, marked, seen));
    }
    return marked;
  }

  private static long[] livePage(Marks marks, long number, Spine spine) {
    long[] page = marks.copyOfPage(number);
    for (int slot = 0; slot < page.length; slot++) {
      if (page[slot] != 0 && spine.indexOf(number * Marks.PAGE + slot) < 0) {
        page[slot] = 0;
      }
    }
    return page;
  }

  private void forgetReaders(int mailbox) {
    if (readers().keySet().stream().anyMatch(reader -> reader.mailbox() == mailbox)) {
      writableReaders().keySet().removeIf(reader -> reader.mailbox() == mailbox);
      rows.deleteRange(Keys.readers(mailbox), Keys.after(Keys.readers(mailbox)));
      rows.deleteRange(Keys.seen(mailbox), Keys.after(Keys.seen(mailbox)));
    }
  }

  @Override
  public void setQuota(QuotaLimits limits) {
    if (!limits.equals(quota)) {
      add(new Change.QuotaSet(quota, limits));
      quota = limits;
    }
  }

  @Override
  public OptionalInt warningDue() {
    int reached = around.quotas().warning(quotaNow());
    return reached > warnedPercent ? OptionalInt.of(reached) : OptionalInt.empty();
  }

  @Override
  public boolean warn(NewEmail warning, int percent) {
    if (warningDue().orElse(0) != percent) {
      return false;
    }
    MailboxDraft inbox = at(find(MailboxName.INBOX).orElseThrow().id());
    warnedPercent = percent;
    return placeNew(inbox, warning, sizeBytes(warning)) > 0;
  }

  private Quota quotaNow() {
    QuotaLimits others = around.quotas().others(quota, owner);
    return Quota.of(usedBytes, usedMessages, quota.or(others));
  }

  @Override
  public void setOwner(String login) {
    if (!login.equals(owner)) {
      add(new Change.Owned(owner, login));
      owner = login;
    }
  }

  /// Wraps the account's key anew, when it has to be; makes no version.
  boolean rewrapKey() {
    rewrapped = around.rows().key().rewrap(rows);
    return rewrapped;
  }

  /// Writes what sessions were told as `\Recent`; makes no version.
  void writeRecents() {
    for (Mailbox mailbox : base.mailboxes()) {
      if (around.recents().first(mailbox.row()) != mailbox.row().firstRecent()) {
        at(new MailboxId(mailbox.id())).touchSilently();
      }
    }
  }

  /// Lets go of the history up to a version; makes no version. What the history alone needed is
  /// noted, to be forgotten next.
  void forget(OldHistory old) {
    if (old.after() != exactSince) {
      return; // Somebody else was faster.
    }
    rows.deleteRange(Keys.changes(), Keys.change(old.until() + 1));
    for (int mailbox : old.mailboxes()) {
      rows.deleteRange(Keys.vanished(mailbox, 0), Keys.vanished(mailbox, old.until() + 1));
    }
    List<byte[]> pieces = old.emailPieces();
    for (int i = 0; i < pieces.size(); i++) {
      rows.put(Keys.forgotten(old.until(), i), pieces.get(i));
    }
    rows.put(Keys.history(), Rows.number(old.last().toEpochMilli()));
    exactSince = old.until();
    forgot = true;
  }

  /// Lets go of emails that nothing needs any more; makes no version. Ones that are gone already
  /// are left out.
  int forgetEmails(List<Long> emails) {
    List<byte[]> keys = emails.stream().map(Keys::email).toList();
    List<Optional<byte[]>> found = around.rows().getAll(keys);
    int count = 0;
    for (int i = 0; i < emails.size(); i++) {
      if (found.get(i).isPresent()) {
        emailsChecksum -= EmailRow.checksum(emails.get(i), found.get(i).get(), around.rows().key());
        rows.delete(keys.get(i));
        count++;
      }
    }
    forgot |= count > 0;
    return count;
  }

  /// The notes of [#forget] are dealt with.
  void forgetNotes(List<byte[]> notes) {
    notes.forEach(rows::delete);
    forgot |= !notes.isEmpty();
  }

  /// Lets go of message ids that lead to threads without an email; makes no version. False, and
  /// nothing is done, when emails came in after `lastEmailId`.
  boolean forgetThreads(List<byte[]> ids, long lastEmailId) {
    if (nextEmailId != lastEmailId + 1) {
      return false;
    }
    ids.forEach(rows::delete);
    forgot |= !ids.isEmpty();
    return true;
  }

  /// The contents that the change names: they must be durable before it.
  Set<ContentId> contents() {
    return contents;
  }

  /// Where it places new emails.
  List<Note> notes() {
    return notes;
  }

  /// The next state and the rows that say so; empty when nothing was done.
  Optional<PartitionOwner.Step<AccountState>> finish() {
    endAppended();
    boolean changed = !events.isEmpty();
    boolean keysChanged = changedAccessKeys != null;
    if (!changed && !forgot && !rewrapped && !keysChanged && imports.isEmpty() && !anyTouched()) {
      return Optional.empty();
    }
    long checksum = base.row().checksum() + emailsChecksum - base.row().emailsChecksum();
    for (int id : removed) {
      Mailbox gone = base.find(id);
      checksum -= gone == null ? 0 : gone.row().share();
    }
    var touched = new ArrayList<Mailbox>();
    for (MailboxDraft mailbox : mailboxes.values()) {
      if (mailbox.touched()) {
        MailboxRow row = mailbox.row(around.recents());
        Mailbox before = base.find(row.id());
        checksum += row.share() - (before == null ? 0 : before.row().share());
        touched.add(mailbox.finish(row, unwritten));
        rows.put(Keys.mailbox(row.id()), row.encode());
      }
    }
    if (changed) {
      writeChange();
    }
    var row =
        new AccountRow(
            changed ? version : version - 1,
            nextMailboxId,
            nextEmailId,
            lastUidValidity,
            base.row().epoch(),
            quota.bytes(),
            usedBytes,
            usedMessages,
            emailsChecksum,
            checksum,
            owner,
            exactSince,
            quota.messages(),
            warnedPercent == 0 ? 0 : Math.min(warnedPercent, around.quotas().warning(quotaNow())));
    rows.put(Keys.ACCOUNT, row.encode());
    unwritten.threads().putAll(threads.made());
    unwritten.deliveries().addAll(deliveries);
    unwritten.imports().putAll(imports);
    var state =
        new AccountState(
            row,
            base.mailboxesWith(touched, removed),
            new AccountState.Names(
                names(),
                subscriptions(),
                keywords(),
                acls(),
                annotations(),
                readers(),
                accessKeys()),
            unwritten);
    return Optional.of(new PartitionOwner.Step<>(state, rows));
  }

  private boolean anyTouched() {
    return mailboxes.values().stream().anyMatch(MailboxDraft::touched);
  }

  private void writeChange() {
    byte[] all = ChangeRow.encode(new Change(version, now, actor, events));
    for (int piece = 0, from = 0; from < all.length; piece++, from += CHANGE_ROW_BYTES) {
      int to = Math.min(all.length, from + CHANGE_ROW_BYTES);
      rows.put(Keys.change(version, piece), Arrays.copyOfRange(all, from, to));
    }
  }

  private void place(MailboxDraft mailbox, List<Placement> placements) {
    for (Placement placement : placements) {
      rows.put(Keys.placement(mailbox.id(), placement.uid()), placement.encode());
      usedBytes += placement.sizeBytes();
    }
    usedMessages += placements.size();
    mailbox.append(placements, version);
  }

  /// Takes messages out of a mailbox: their rows go, and a row of what they were stays.
  private UidSet vanish(MailboxDraft mailbox, int[] indexes) {
    List<Placement> gone = mailbox.remove(indexes, version);
    usedMessages -= gone.size();
    for (int from = 0; from < indexes.length; ) {
      int to = from + 1;
      while (to < indexes.length && indexes[to] == indexes[to - 1] + 1) {
        to++;
      }
      deleteRows(mailbox.id(), gone.subList(from, to));
      from = to;
    }
    var uids = new long[gone.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = gone.get(i).uid();
      usedBytes -= gone.get(i).sizeBytes();
    }
    writeVanished(mailbox, gone);
    return UidSet.ofAscending(uids);
  }

  /// `run` are neighbours: no other message is between them.
  private void deleteRows(int mailbox, List<Placement> run) {
    if (run.size() < RANGE_MIN) {
      run.forEach(gone -> rows.delete(Keys.placement(mailbox, gone.uid())));
    } else {
      rows.deleteRange(
          Keys.placement(mailbox, run.getFirst().uid()),
          Keys.after(Keys.placement(mailbox, run.getLast().uid())));
    }
  }

  private void writeVanished(MailboxDraft mailbox, List<Placement> gone) {
    RowWriter row = new RowWriter(gone.size() * 24 + 8).raw(VANISHED_FORM);
    long lastUid = 0;
    for (Placement placement : gone) {
      if (row.size() > VANISHED_ROW_BYTES) {
        rows.put(vanishedKey(mailbox), row.toBytes());
        row = new RowWriter(VANISHED_ROW_BYTES + 1_000).raw(VANISHED_FORM);
        lastUid = 0;
      }
      placement.writeTo(row.number(placement.uid() - lastUid));
      lastUid = placement.uid();
    }
    rows.put(vanishedKey(mailbox), row.toBytes());
  }

  private byte[] vanishedKey(MailboxDraft mailbox) {
    return Keys.vanished(mailbox.id(), version, mailbox.nextVanishedPiece());
  }

  static List<Placement> readVanished(byte[] value) {
    var row = new RowReader(value);
    row.form(VANISHED_FORM);
    var gone = new ArrayList<Placement>();
    long uid = 0;
    while (!row.atEnd()) {
      uid += row.number();
      gone.add(Placement.readFrom(uid, row));
    }
    return gone;
  }

  private MailboxDraft at(MailboxId id) {
    MailboxDraft known = mailboxes.get(id.value());
    if (known != null) {
      return known;
    }
    Mailbox mailbox = removed.contains(id.value()) ? null : base.find(id.value());
    if (mailbox == null) {
      throw new MailboxException.NotFound("number " + id.value());
    }
    var opened = new MailboxDraft(mailbox, this::load);
    mailboxes.put(id.value(), opened);
    return opened;
  }

  private Spine load(MailboxRow row) {
    Spine spine = around.rows().spineAlone(row, unwritten.appendedTo(row.id()));
    around.views().kept(new Views.Place(around.id(), row.id()), spine);
    return spine;
  }

  private MailboxInfo info(MailboxDraft mailbox) {
    return mailbox.row(around.recents()).info(subscriptions().contains(mailbox.name()));
  }

  private void checkUnused(SpecialUse use) {
    for (int id : names().values()) {
      MailboxDraft mailbox = at(new MailboxId(id));
      if (mailbox.use().filter(use::equals).isPresent()) {
        throw new MailboxException.NotPermitted(
            "Mailbox " + mailbox.name() + " is " + use.attribute() + " already");
      }
    }
  }

  private void checkRoom(long bytes, long messages) {
    Quota now = quotaNow();
    if (messages > 0 && !now.hasRoomFor(bytes, messages)) {
      throw new MailboxException.OverQuota(
          "%d bytes in %d messages more would be over the quota: %s"
              .formatted(bytes, messages, now));
    }
  }

  /// Keywords that are used for the first time are kept with the account.
  private void learn(Flags flags) {
    for (String keyword : flags.keywords()) {
      String lower = Flags.lower(keyword);
      if (!keywords().containsKey(lower)) {
        if (keywords().size() >= around.config().keywordsMax()) {
          throw new MailboxException.LimitReached(
              "An account has at most " + around.config().keywordsMax() + " keywords");
        }
        writableKeywords().put(lower, keyword);
        rows.put(Keys.keyword(lower), Rows.text(keyword));
      }
    }
  }

  /// Messages that are appended one after the other to one mailbox are one event.
  private void addAppended(MailboxDraft mailbox, Placement placement) {
    if (appendedTo != mailbox) {
      endAppended();
      appendedTo = mailbox;
    }
    appended.add(placement);
  }

  private void endAppended() {
    MailboxDraft mailbox = appendedTo;
    if (mailbox != null) {
      appendedTo = null;
      var uids = new long[appended.size()];
      for (int i = 0; i < uids.length; i++) {
        uids[i] = appended.get(i).uid();
      }
      events.add(new Change.Appended(new MailboxId(mailbox.id()), UidSet.ofAscending(uids)));
      appended.clear();
    }
  }

  private void add(Change.Event event) {
    endAppended();
    events.add(event);
  }

  private static UidSet allUids(MailboxDraft mailbox) {
    Spine spine = mailbox.spine();
    var uids = new long[spine.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = spine.uid(i);
    }
    return UidSet.ofAscending(uids);
  }

  private static int[] indexes(int from, int to) {
    var indexes = new int[to - from];
    Arrays.setAll(indexes, i -> from + i);
    return indexes;
  }

  private SortedMap<MailboxName, Integer> names() {
    return changedNames != null ? changedNames : base.names().mailboxes();
  }

  private SortedMap<MailboxName, Integer> writableNames() {
    SortedMap<MailboxName, Integer> mine = changedNames;
    if (mine == null) {
      mine = new TreeMap<>(base.names().mailboxes());
      changedNames = mine;
    }
    return mine;
  }

  private SortedSet<MailboxName> subscriptions() {
    return changedSubscriptions != null ? changedSubscriptions : base.names().subscriptions();
  }

  private SortedSet<MailboxName> writableSubscriptions() {
    SortedSet<MailboxName> mine = changedSubscriptions;
    if (mine == null) {
      mine = new TreeSet<>(base.names().subscriptions());
      changedSubscriptions = mine;
    }
    return mine;
  }

  private Map<Integer, Acl> acls() {
    return changedAcls != null ? changedAcls : base.names().acls();
  }

  private Map<Integer, Acl> writableAcls() {
    Map<Integer, Acl> mine = changedAcls;
    if (mine == null) {
      mine = new HashMap<>(base.names().acls());
      changedAcls = mine;
    }
    return mine;
  }

  private SortedMap<Annotation, String> annotations() {
    return changedAnnotations != null ? changedAnnotations : base.names().annotations();
  }

  private SortedMap<Annotation, String> writableAnnotations() {
    SortedMap<Annotation, String> mine = changedAnnotations;
    if (mine == null) {
      mine = new TreeMap<>(base.names().annotations());
      changedAnnotations = mine;
    }
    return mine;
  }

  private Map<AccessKey.Place, byte[]> accessKeys() {
    return changedAccessKeys != null ? changedAccessKeys : base.names().accessKeys();
  }

  private Map<AccessKey.Place, byte[]> writableAccessKeys() {
    Map<AccessKey.Place, byte[]> mine = changedAccessKeys;
    if (mine == null) {
      mine = new HashMap<>(base.names().accessKeys());
      changedAccessKeys = mine;
    }
    return mine;
  }

  private Map<Reader.Key, Reader> readers() {
    return changedReaders != null ? changedReaders : base.names().readers();
  }

  private Map<Reader.Key, Reader> writableReaders() {
    Map<Reader.Key, Reader> mine = changedReaders;
    if (mine == null) {
      mine = new HashMap<>(base.names().readers());
      changedReaders = mine;
    }
    return mine;
  }

  private Map<String, String> keywords() {
    return changedKeywords != null ? changedKeywords : base.names().keywords();
  }

  private Map<String, String> writableKeywords() {
    Map<String, String> mine = changedKeywords;
    if (mine == null) {
      mine = new HashMap<>(base.names().keywords());
      changedKeywords = mine;
    }
    return mine;
  }
}
