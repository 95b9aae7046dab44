package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.PartitionOwner;

/// One change while it is made: what it does so far, in memory and as rows. Nothing of it is seen
/// outside before [#finish], and nothing is left of it when it is dropped. Confined to whoever
/// leads the round of changes.
final class Draft implements AccountDraft {
  private static final long SIZE_MAX = 0xFFFF_FFFFL;

  private final AccountState base;
  private final Surroundings around;
  private final Unwritten unwritten;
  private final long version;
  private final Instant now;
  private Actor actor;

  private final DraftEvents events = new DraftEvents();
  private final DraftQuota quota;
  private final DraftRights rights;
  private final DraftMailboxes mailboxes;
  private final DraftArrivals arrivals;
  private final Threads threads;
  private final Set<ContentId> contents = new LinkedHashSet<>(2);
  private final List<Note> notes = new ArrayList<>(2);
  private final Batch rows = new Batch();
  private final Edited<Map<String, String>> keywords;
  private final DraftMarks marks;
  private final DraftNotes annotations;
  private final DraftAccessKeys accessKeys;
  private boolean rewrapped;
  private long nextEmailId;
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
    AccountState.Names state = base.names();
    this.keywords = new Edited<>(state.keywords(), HashMap::new);
    this.rights = new DraftRights(state.acls(), events, rows);
    this.mailboxes = new DraftMailboxes(base, around, unwritten, events, rights, rows, now);
    this.marks = new DraftMarks(state.readers(), around.rows(), rows, row.version() + 1);
    this.annotations = new DraftNotes(state.annotations(), rows);
    this.accessKeys = new DraftAccessKeys(state.accessKeys(), around.rows().key(), rows);
    this.threads = new Threads(around.rows(), unwritten.threads());
    this.actor = new Actor("", "", "");
    this.version = row.version() + 1;
    this.nextEmailId = row.nextEmailId();
    this.quota = new DraftQuota(row, around.quotas());
    this.arrivals = new DraftArrivals(around, unwritten, rows, now);
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
    return mailboxes.find(name);
  }

  @Override
  public MailboxInfo mailbox(MailboxId id) {
    return mailboxes.info(mailboxes.at(id));
  }

  @Override
  public ChunkedView view(MailboxId id) {
    MailboxDraft mailbox = mailboxes.at(id);
    return new ChunkedView(mailboxes.info(mailbox), mailbox.spine());
  }

  @Override
  public MailboxInfo create(MailboxName name, Optional<SpecialUse> use) {
    return mailboxes.create(name, use);
  }

  @Override
  public void rename(MailboxId id, MailboxName to) {
    MailboxDraft mailbox = mailboxes.at(id);
    MailboxName from = mailbox.name();
    mailboxes.checkFree(to);
    if (!from.isInbox()) {
      mailboxes.rename(from, to);
      return;
    }
    MailboxId target = create(to, Optional.empty()).id();
    move(id, allUids(mailbox), target);
    annotations
        .of(id)
        .forEach((note, value) ->
            annotate(new Annotation(target, note.reader(), note.entry()), Optional.of(value)));
  }

  private static UidSet allUids(MailboxDraft mailbox) {
    Spine spine = mailbox.spine();
    var uids = new long[spine.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = spine.uid(i);
    }
    return UidSet.ofAscending(uids);
  }

  @Override
  public void delete(MailboxId id) {
    MailboxDraft mailbox = mailboxes.at(id);
    if (mailbox.name().isInbox()) {
      throw new MailboxException.NotPermitted("INBOX cannot be deleted");
    }
    if (mailbox.messages() > 0) {
      vanish(mailbox, indexes(0, mailbox.spine().size()));
    }
    rows.delete(Keys.mailbox(mailbox.id()));
    rights.forget(id);
    annotations.of(id).keySet().forEach(note -> annotate(note, Optional.empty()));
    accessKeys.forget(new AccessKey.Place(around.id().value(), id.value()));
    marks.forget(id.value());
    mailboxes.remove(mailbox);
  }

  @Override
  public void subscribe(MailboxName name, boolean subscribed) {
    mailboxes.subscribe(name, subscribed);
  }

  @Override
  public long append(MailboxId to, NewEmail email) {
    MailboxDraft mailbox = mailboxes.at(to);
    long sizeBytes = sizeBytes(email);
    quota.checkRoom(sizeBytes, 1);
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
            quota.owner(),
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
    events.addAppended(mailbox, placement);
    return placement.uid();
  }

  @Override
  public OptionalLong deliver(MailboxId to, NewEmail email, MailId mail, String recipient) {
    var delivery = new Unwritten.Delivery(mail, recipient);
    if (arrivals.has(delivery)) {
      return OptionalLong.empty();
    }
    long uid = append(to, email);
    arrivals.add(delivery, to, uid);
    return OptionalLong.of(uid);
  }

  @Override
  public OptionalLong appendOnce(MailboxId to, NewEmail email, SourceKey source) {
    if (arrivals.find(source).isPresent()) {
      return OptionalLong.empty();
    }
    long uid = append(to, email);
    arrivals.put(new Imported(source, to, uid, email.flags()));
    return OptionalLong.of(uid);
  }

  @Override
  public boolean followFlags(SourceKey source, Flags flags) {
    Optional<Imported> known = arrivals.find(source).filter(was -> !was.flags().equals(flags));
    known.ifPresent(was -> {
      if (mailboxes.has(was.mailbox())) {
        UidSet uid = UidSet.of(was.uid());
        Flags added = flags.without(was.flags());
        Flags removed = was.flags().without(flags);
        store(was.mailbox(), uid, FlagChange.ADD, added, OptionalLong.empty());
        store(was.mailbox(), uid, FlagChange.REMOVE, removed, OptionalLong.empty());
      }
      arrivals.put(new Imported(source, was.mailbox(), was.uid(), flags));
    });
    return known.isPresent();
  }

  @Override
  public boolean followRemoval(SourceKey source) {
    Optional<Imported> known = arrivals.find(source);
    known.ifPresent(was -> {
      if (mailboxes.has(was.mailbox())) {
        expunge(was.mailbox(), UidSet.of(was.uid()));
      }
      arrivals.forget(source);
    });
    return known.isPresent();
  }

  @Override
  public void mark(SourceKey mark, Optional<SourceKey> instead, MailboxId mailbox) {
    instead.ifPresent(arrivals::forget);
    arrivals.put(new Imported(mark, mailbox, 0, Flags.NONE));
  }

  @Override
  public Moved copy(MailboxId from, UidSet uids, MailboxId to) {
    MailboxDraft source = mailboxes.at(from);
    MailboxDraft target = mailboxes.at(to);
    Spine spine = source.spine();
    int[] indexes = spine.indexesOf(uids);
    long bytes = 0;
    for (int index : indexes) {
      bytes += spine.placement(index).sizeBytes();
    }
    quota.checkRoom(bytes, indexes.length);
    Pairs pairs = placeAgain(spine, indexes, target);
    if (indexes.length > 0) {
      events.add(new Change.Copied(from, pairs.from(), to, pairs.to()));
    }
    return pairs;
  }

  @Override
  public Moved move(MailboxId from, UidSet uids, MailboxId to) {
    MailboxDraft source = mailboxes.at(from);
    MailboxDraft target = mailboxes.at(to);
    int[] indexes = source.spine().indexesOf(uids);
    Pairs pairs = placeAgain(source.spine(), indexes, target);
    if (indexes.length > 0) {
      vanish(source, indexes);
      events.add(new Change.Moved(from, pairs.from(), to, pairs.to()));
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
    MailboxDraft target = mailboxes.at(mailbox);
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
    runs.forEach(
        run -> events.add(new Change.Flagged(mailbox, run.uids(), run.before(), run.after())));
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
    MailboxDraft target = mailboxes.at(mailbox);
    int[] indexes = target.spine().indexesOf(uids);
    if (indexes.length == 0) {
      return UidSet.NONE;
    }
    UidSet gone = vanish(target, indexes);
    events.add(new Change.Expunged(mailbox, gone));
    return gone;
  }

  /// Places emails that were here before, as they were but for UID and saved date. Quota stops
  /// nothing that was here before.
  void bringBack(MailboxId to, List<Vanished> gone) {
    MailboxDraft target = mailboxes.at(to);
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
    events.add(new Change.BroughtBack(to, UidSet.range(uid - gone.size(), uid - 1)));
  }

  /// Says in the log what the rest of this change is for.
  void restored(long toVersion) {
    events.add(new Change.Restored(toVersion));
  }

  /// Whether this change is the first behind a state.
  boolean isBehind(AccountState state) {
    return base == state && events.isEmpty();
  }

  /// The messages of a mailbox of the state that this draft is behind.
  Spine spineOf(Mailbox mailbox) {
    return mailboxes.at(new MailboxId(mailbox.id())).spine();
  }

  DraftMailboxes mailboxes() {
    return mailboxes;
  }

  @Override
  public void retain(MailboxId mailbox, OptionalInt days) {
    mailboxes.retain(mailbox, days);
  }

  @Override
  public Acl acl(MailboxId mailbox) {
    return rights.of(mailbox);
  }

  @Override
  public void setRights(MailboxId mailbox, String identifier, Rights given) {
    var _ = mailboxes.at(mailbox);
    rights.set(mailbox, identifier, given);
  }

  @Override
  public void annotate(Annotation note, Optional<String> value) {
    if (!note.mailbox().equals(Annotation.WHOLE_ACCOUNT)) {
      var _ = mailboxes.at(note.mailbox());
    }
    Optional<String> before = annotations.at(note);
    if (!before.equals(value)) {
      annotations.set(note, value);
      events.add(new Change.Annotated(note, before, value));
    }
  }

  @Override
  public AccessKey accessKey(AccountId host, MailboxId mailbox, boolean anew) {
    if (host.equals(around.id())) {
      var _ = mailboxes.at(mailbox);
    }
    return accessKeys.of(new AccessKey.Place(host.value(), mailbox.value()), anew);
  }

  @Override
  public void forgetAccessKeys() {
    accessKeys.forgetAll();
  }

  @Override
  public ReaderView viewAs(MailboxId id, AccountId reader) {
    return marks.view(new Reader.Key(id.value(), reader.value()), view(id));
  }

  @Override
  public UidSet markSeen(MailboxId mailbox, AccountId reader, UidSet uids, boolean seen) {
    var key = new Reader.Key(mailbox.value(), reader.value());
    UidSet marked = marks.mark(key, mailboxes.at(mailbox).spine(), uids, seen);
    if (!marked.isEmpty()) {
      events.add(new Change.SeenBy(mailbox, reader, marked, seen));
    }
    return marked;
  }

  @Override
  public void moveSeen(MailboxId mailbox, AccountId from, AccountId to) {
    ReaderView view = viewAs(mailbox, from);
    long[] seen =
        IntStream.range(0, view.size())
            .filter(i -> view.flags(i).seen())
            .mapToLong(view::uid)
            .toArray();
    marks.forget(new Reader.Key(mailbox.value(), from.value()));
    var reader = new Reader.Key(mailbox.value(), to.value());
    UidSet marked =
        marks.mark(reader, mailboxes.at(mailbox).spine(), UidSet.ofAscending(seen), true);
    events.add(new Change.SeenBy(mailbox, to, marked, true));
  }

  @Override
  public void setQuota(QuotaLimits limits) {
    if (!limits.equals(quota.limits())) {
      events.add(new Change.QuotaSet(quota.limits(), limits));
      quota.setLimits(limits);
    }
  }

  @Override
  public OptionalInt warningDue() {
    return quota.warningDue();
  }

  @Override
  public boolean warn(NewEmail warning, int percent) {
    if (quota.warningDue().orElse(0) != percent) {
      return false;
    }
    MailboxDraft inbox = mailboxes.at(find(MailboxName.INBOX).orElseThrow().id());
    quota.warned(percent);
    return placeNew(inbox, warning, sizeBytes(warning)) > 0;
  }

  @Override
  public void setOwner(String login) {
    if (!login.equals(quota.owner())) {
      events.add(new Change.Owned(quota.owner(), login));
      quota.setOwner(login);
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
        mailboxes.at(new MailboxId(mailbox.id())).touchSilently();
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
    boolean changed = !events.isEmpty();
    boolean rowsAlone = forgot || rewrapped || accessKeys.isChanged() || arrivals.anyImports();
    if (!changed && !rowsAlone && !mailboxes.anyTouched()) {
      return Optional.empty();
    }
    List<Mailbox> touched = mailboxes.finish();
    if (changed) {
      events.write(version, now, actor, rows);
    }
    AccountRow before = base.row();
    long checksum =
        before.checksum()
            + emailsChecksum
            - before.emailsChecksum()
            + mailboxes.checksumChange(touched);
    var row =
        new AccountRow(
            changed ? version : version - 1,
            mailboxes.nextId(),
            nextEmailId,
            mailboxes.lastUidValidity(),
            before.epoch(),
            quota.limits().bytes(),
            quota.usedBytes(),
            quota.usedMessages(),
            emailsChecksum,
            checksum,
            quota.owner(),
            exactSince,
            quota.limits().messages(),
            quota.warnedPercent());
    rows.put(Keys.ACCOUNT, row.encode());
    unwritten.threads().putAll(threads.made());
    arrivals.finish();
    var state =
        new AccountState(
            row,
            mailboxes.with(touched),
            new AccountState.Names(
                mailboxes.names(),
                mailboxes.subscriptions(),
                keywords.now(),
                rights.now(),
                annotations.now(),
                marks.now(),
                accessKeys.now()),
            unwritten);
    return Optional.of(new PartitionOwner.Step<>(state, rows));
  }

  private void place(MailboxDraft mailbox, List<Placement> placements) {
    long bytes = 0;
    for (Placement placement : placements) {
      rows.put(Keys.placement(mailbox.id(), placement.uid()), placement.encode());
      bytes += placement.sizeBytes();
    }
    quota.use(bytes, placements.size());
    mailbox.append(placements, version);
  }

  /// Takes messages out of a mailbox: their rows go, and a row of what they were stays.
  private UidSet vanish(MailboxDraft mailbox, int[] indexes) {
    List<Placement> gone = mailbox.remove(indexes, version);
    VanishedRows.write(mailbox, indexes, gone, version, rows);
    long bytes = 0;
    var uids = new long[gone.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = gone.get(i).uid();
      bytes += gone.get(i).sizeBytes();
    }
    quota.use(-bytes, -uids.length);
    return UidSet.ofAscending(uids);
  }

  /// Keywords that are used for the first time are kept with the account.
  private void learn(Flags flags) {
    for (String keyword : flags.keywords()) {
      String lower = Flags.lower(keyword);
      if (!keywords.now().containsKey(lower)) {
        if (keywords.now().size() >= around.config().keywordsMax()) {
          throw new MailboxException.LimitReached(
              "An account has at most " + around.config().keywordsMax() + " keywords");
        }
        keywords.writable().put(lower, keyword);
        rows.put(Keys.keyword(lower), Rows.text(keyword));
      }
    }
  }

  private static int[] indexes(int from, int to) {
    var indexes = new int[to - from];
    Arrays.setAll(indexes, i -> from + i);
    return indexes;
  }
}
