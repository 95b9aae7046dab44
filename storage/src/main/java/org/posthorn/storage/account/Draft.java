package org.posthorn.storage.account;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.PartitionOwner;

/// One change while it is made: what it does so far, in memory and as rows. Nothing of it is seen
/// outside before [#finish], and nothing is left of it when it is dropped. Confined to whoever
/// leads the round of changes.
///
/// What it does to one kind of things is in a room of its own ([DraftMailboxes], [DraftMessages],
/// and so on), all of which write to the same rows and tell [DraftEvents]; here is what concerns
/// several of them, and how the next state comes of it.
final class Draft implements AccountDraft {
  private static final Actor NOBODY = new Actor("", "", "");

  private final AccountState base;
  private final Surroundings around;
  private final Unwritten unwritten;
  private final long version;
  private final Instant now;
  private Actor actor = NOBODY;

  private final Batch rows = new Batch();
  private final DraftEvents events = new DraftEvents();
  private final DraftQuota quota;
  private final DraftRights rights;
  private final DraftMailboxes mailboxes;
  private final DraftMessages messages;
  private final DraftTrimming trimming;
  private final DraftArrivals arrivals;
  private final DraftMarks marks;
  private final DraftNotes annotations;
  private final DraftAccessKeys accessKeys;
  private boolean rewrapped;

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
    this.version = row.version() + 1;
    AccountState.Names state = base.names();
    this.quota = new DraftQuota(row, around.quotas());
    this.rights = new DraftRights(state.acls(), events, rows);
    this.mailboxes = new DraftMailboxes(base, around, unwritten, events, rights, rows, now);
    this.messages = new DraftMessages(base, around, unwritten, events, quota, rows, now);
    this.trimming = new DraftTrimming(row, messages, rows);
    this.arrivals = new DraftArrivals(around, unwritten, rows, now);
    this.marks = new DraftMarks(state.readers(), around.rows(), rows, version);
    this.annotations = new DraftNotes(state.annotations(), rows);
    this.accessKeys = new DraftAccessKeys(state.accessKeys(), around.rows().key(), rows);
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
    messages.move(mailbox, allUids(mailbox), mailboxes.at(target));
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
    messages.vanishWith(mailbox);
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
    return messages.append(mailboxes.at(to), email);
  }

  @Override
  public Delivered deliver(MailboxId to, NewEmail email, MailId mail, String recipient, long what) {
    var delivery = new Unwritten.Delivery(mail, recipient);
    if (arrivals.has(delivery)) {
      return Delivered.BEFORE;
    }
    if (arrivals.isShared(mail, what)) {
      arrivals.add(delivery, what, to, 0); // By name too: after a crash `what` may be another.
      return Delivered.SHARED;
    }
    arrivals.add(delivery, what, to, append(to, email));
    return Delivered.NOW;
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
    return messages.copy(mailboxes.at(from), uids, mailboxes.at(to));
  }

  @Override
  public Moved move(MailboxId from, UidSet uids, MailboxId to) {
    return messages.move(mailboxes.at(from), uids, mailboxes.at(to));
  }

  @Override
  public Stored store(
      MailboxId mailbox, UidSet uids, FlagChange change, Flags flags, OptionalLong unchangedSince) {
    return messages.store(mailboxes.at(mailbox), uids, change, flags, unchangedSince);
  }

  @Override
  public UidSet expunge(MailboxId mailbox, UidSet uids) {
    return messages.expunge(mailboxes.at(mailbox), uids);
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

  DraftMessages messages() {
    return messages;
  }

  DraftTrimming trimming() {
    return trimming;
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
  public Set<MailboxId> shared() {
    // A mailbox whose row is lost has left its rights.
    return rights.now().keySet().stream()
        .map(MailboxId::new)
        .filter(mailboxes::has)
        .collect(Collectors.toSet());
  }

  @Override
  public void setRights(MailboxId mailbox, String identifier, Rights given) {
    var _ = mailboxes.at(mailbox);
    rights.set(mailbox, identifier, given);
  }

  @Override
  public void giveRightsAlso(MailboxId mailbox, String from, String to) {
    var _ = mailboxes.at(mailbox);
    rights.giveAlso(mailbox, from, to);
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
    return messages.appendAnyway(inbox, warning) > 0;
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

  /// The contents that the change names: they must be durable before it.
  Set<ContentId> contents() {
    return messages.contents();
  }

  /// Where it places new emails.
  List<Note> notes() {
    return messages.notes();
  }

  /// The next state and the rows that say so; empty when nothing was done.
  Optional<PartitionOwner.Step<AccountState>> finish() {
    boolean changed = !events.isEmpty();
    boolean rowsAlone = trimming.any() || rewrapped || accessKeys.isChanged() || arrivals.any();
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
            + messages.emailsChecksum()
            - before.emailsChecksum()
            + mailboxes.checksumChange(touched);
    var row =
        new AccountRow(
            changed ? version : version - 1,
            mailboxes.nextId(),
            messages.nextEmailId(),
            mailboxes.lastUidValidity(),
            before.epoch(),
            quota.limits().bytes(),
            quota.usedBytes(),
            quota.usedMessages(),
            messages.emailsChecksum(),
            checksum,
            quota.owner(),
            trimming.exactSince(),
            quota.limits().messages(),
            quota.warnedPercent());
    rows.put(Keys.ACCOUNT, row.encode());
    unwritten.threads().putAll(messages.threads());
    arrivals.finish();
    var state =
        new AccountState(
            row,
            mailboxes.with(touched),
            new AccountState.Names(
                mailboxes.names(),
                mailboxes.subscriptions(),
                messages.keywords(),
                rights.now(),
                annotations.now(),
                marks.now(),
                accessKeys.now()),
            unwritten);
    return Optional.of(new PartitionOwner.Step<>(state, rows));
  }
}
