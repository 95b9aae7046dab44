package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.posthorn.storage.engine.Batch;

/// The mailboxes of an account while a draft changes them: which there are, their names and uses,
/// and which names are subscribed. One that nobody asks for is not opened. Confined to the draft's
/// thread.
final class DraftMailboxes implements MailboxDraft.Loader {
  private static final int RETENTION_MAX_DAYS = 36_500;

  private final AccountState base;
  private final Draft.Surroundings around;
  private final Unwritten unwritten;
  private final DraftEvents events;
  private final DraftRights rights;
  private final Batch rows;
  private final Instant now;
  private final long version;
  private final Map<Integer, MailboxDraft> opened = new LinkedHashMap<>(4);
  private final Edited<Set<Integer>> removed = new Edited<>(Set.of(), HashSet::new);
  private final Edited<SortedMap<MailboxName, Integer>> names;
  private final Edited<SortedSet<MailboxName>> subscriptions;
  private int nextId;
  private long lastUidValidity;

  DraftMailboxes(
      AccountState base,
      Draft.Surroundings around,
      Unwritten unwritten,
      DraftEvents events,
      DraftRights rights,
      Batch rows,
      Instant now) {
    this.base = base;
    this.around = around;
    this.unwritten = unwritten;
    this.events = events;
    this.rights = rights;
    this.rows = rows;
    this.now = now;
    this.version = base.row().version() + 1;
    this.names = new Edited<>(base.names().mailboxes(), TreeMap::new);
    this.subscriptions = new Edited<>(base.names().subscriptions(), TreeSet::new);
    this.nextId = base.row().nextMailboxId();
    this.lastUidValidity = base.row().lastUidValidity();
  }

  MailboxDraft at(MailboxId id) {
    MailboxDraft known = opened.get(id.value());
    if (known != null) {
      return known;
    }
    Mailbox mailbox = removed.now().contains(id.value()) ? null : base.find(id.value());
    if (mailbox == null) {
      throw new MailboxException.NotFound("number " + id.value());
    }
    var draft = new MailboxDraft(mailbox, this);
    opened.put(id.value(), draft);
    return draft;
  }

  @Override
  public Spine load(MailboxRow row) {
    Spine spine = around.rows().spineAlone(row, unwritten.appendedTo(row.id()));
    around.views().kept(new Views.Place(around.id(), row.id()), spine);
    return spine;
  }

  boolean has(MailboxId id) {
    return opened.containsKey(id.value())
        || (!removed.now().contains(id.value()) && base.find(id.value()) != null);
  }

  Optional<MailboxInfo> find(MailboxName name) {
    Integer id = names.now().get(name);
    return id == null ? Optional.empty() : Optional.of(info(at(new MailboxId(id))));
  }

  MailboxInfo info(MailboxDraft mailbox) {
    return mailbox.row(around.recents()).info(subscriptions.now().contains(mailbox.name()));
  }

  MailboxInfo create(MailboxName name, Optional<SpecialUse> use) {
    name.checkNew();
    checkFree(name);
    use.ifPresent(this::checkUnused);
    createParent(name);
    MailboxId made = make(name, use).id();
    name.parent()
        .map(parent -> names.now().get(parent))
        .ifPresent(parent -> rights.inherit(made, new MailboxId(parent)));
    return info(at(made));
  }

  private void createParent(MailboxName name) {
    name.parent()
        .filter(parent -> !names.now().containsKey(parent))
        .ifPresent(parent -> create(parent, Optional.empty()));
  }

  /// A mailbox without those above it, and without what they share.
  MailboxInfo make(MailboxName name, Optional<SpecialUse> use) {
    if (names.now().size() >= around.config().mailboxesMax()) {
      throw new MailboxException.LimitReached(
          "An account has at most " + around.config().mailboxesMax() + " mailboxes");
    }
    int id = nextId++;
    lastUidValidity = Math.max(lastUidValidity + 1, now.getEpochSecond());
    var row =
        new MailboxRow(
            id, name, use, lastUidValidity, 1, version, 0, 0, 0, 0, 0, 1, OptionalInt.empty());
    var created = new MailboxDraft(new Mailbox(row, Spine.EMPTY), this);
    created.touchSilently();
    opened.put(id, created);
    names.writable().put(name, id);
    events.add(new Change.Created(new MailboxId(id), name));
    return info(created);
  }

  /// Renames a mailbox and those below it; not INBOX.
  void rename(MailboxName from, MailboxName to) {
    to.checkNew();
    if (to.isBelow(from)) {
      throw new MailboxException.NotPermitted("Mailbox " + from + " cannot be moved below itself");
    }
    createParent(to);
    List<MailboxName> moving =
        names.now().keySet().stream()
            .filter(name -> name.equals(from) || name.isBelow(from))
            .toList();
    for (MailboxName name : moving) {
      renameOne(name, name.moved(from, to));
    }
  }

  private void renameOne(MailboxName from, MailboxName to) {
    Integer id = names.now().get(from);
    if (id == null) {
      throw new MailboxException.NotFound(from.value());
    }
    checkFree(to);
    at(new MailboxId(id)).rename(to, version);
    names.writable().remove(from);
    names.writable().put(to, id);
    events.add(new Change.Renamed(new MailboxId(id), from, to));
  }

  /// Gives mailboxes other names at once, also each other's.
  void renameAll(Map<MailboxId, MailboxName> targets) {
    targets.keySet().forEach(id -> names.writable().remove(at(id).name()));
    targets.forEach((id, to) -> {
      if (names.writable().putIfAbsent(to, id.value()) != null) {
        throw new MailboxException.AlreadyExists(to.value());
      }
      MailboxName from = at(id).name();
      at(id).rename(to, version);
      events.add(new Change.Renamed(id, from, to));
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
        events.add(new Change.UseSet(id, old, use));
      }
    });
  }

  void retain(MailboxId id, OptionalInt days) {
    if (days.isPresent() && (days.getAsInt() < 0 || days.getAsInt() > RETENTION_MAX_DAYS)) {
      throw new MailboxException.NotPermitted(
          "A mailbox keeps messages for 1 to " + RETENTION_MAX_DAYS + " days, or for ever");
    }
    MailboxDraft mailbox = at(id);
    OptionalInt before = mailbox.retentionDays();
    if (!before.equals(days)) {
      mailbox.retain(days, version);
      events.add(new Change.RetentionSet(id, before, days));
    }
  }

  /// A mailbox of which nothing is left but its name.
  void remove(MailboxDraft mailbox) {
    names.writable().remove(mailbox.name());
    opened.remove(mailbox.id());
    removed.writable().add(mailbox.id());
    events.add(new Change.Deleted(new MailboxId(mailbox.id()), mailbox.name(), mailbox.use()));
  }

  void subscribe(MailboxName name, boolean subscribed) {
    if (subscriptions.now().contains(name) == subscribed) {
      return;
    }
    if (subscribed) {
      if (subscriptions.now().size() >= around.config().mailboxesMax()) {
        throw new MailboxException.LimitReached(
            "An account has at most " + around.config().mailboxesMax() + " subscriptions");
      }
      subscriptions.writable().add(name);
      rows.put(Keys.subscription(name), Rows.text(name.value()));
    } else {
      subscriptions.writable().remove(name);
      rows.delete(Keys.subscription(name));
    }
    events.add(new Change.Subscribed(name, subscribed));
  }

  void checkFree(MailboxName name) {
    if (names.now().containsKey(name)) {
      throw new MailboxException.AlreadyExists(name.value());
    }
  }

  boolean isUsed(SpecialUse use) {
    return names.now().values().stream()
        .anyMatch(id -> at(new MailboxId(id)).use().filter(use::equals).isPresent());
  }

  private void checkUnused(SpecialUse use) {
    for (int id : names.now().values()) {
      MailboxDraft mailbox = at(new MailboxId(id));
      if (mailbox.use().filter(use::equals).isPresent()) {
        throw new MailboxException.NotPermitted(
            "Mailbox " + mailbox.name() + " is " + use.attribute() + " already");
      }
    }
  }

  SortedMap<MailboxName, Integer> names() {
    return names.now();
  }

  SortedSet<MailboxName> subscriptions() {
    return subscriptions.now();
  }

  int nextId() {
    return nextId;
  }

  long lastUidValidity() {
    return lastUidValidity;
  }

  boolean anyTouched() {
    return opened.values().stream().anyMatch(MailboxDraft::touched);
  }

  /// Those that are other now, as the next state has them; their rows are written.
  List<Mailbox> finish() {
    var touched = new ArrayList<Mailbox>(2);
    for (MailboxDraft mailbox : opened.values()) {
      if (mailbox.touched()) {
        MailboxRow row = mailbox.row(around.recents());
        touched.add(mailbox.finish(row, unwritten));
        rows.put(Keys.mailbox(row.id()), row.encode());
      }
    }
    return touched;
  }

  /// By how much the checksum of the account is another one with these.
  long checksumChange(List<Mailbox> touched) {
    long change = 0;
    for (int id : removed.now()) {
      change -= share(id);
    }
    for (Mailbox mailbox : touched) {
      change += mailbox.row().share() - share(mailbox.id());
    }
    return change;
  }

  /// That of a mailbox in the state before.
  private long share(int id) {
    Mailbox before = base.find(id);
    return before == null ? 0 : before.row().share();
  }

  /// All of the next state.
  Mailbox[] with(List<Mailbox> touched) {
    return base.mailboxesWith(touched, removed.now());
  }
}
