package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.posthorn.mailet.Message;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueCounts;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.SubmissionKey;

/// What an operator may do with the queue: look, and give a [QueueOrder]. Recipients that somebody
/// works on at the moment are left alone and counted as busy; those that only wait in line for
/// their destination are not, where the order is to keep them from going there. Safe for use by
/// many threads.
public final class QueueAdministration {
  /// So many mails are looked at for one page, however few of them match.
  private static final int LOOKED_AT_MAX = 20_000;

  private static final int PAGE_MAX = 1_000;

  /// So many subjects are read for one page: some seconds of a slow disk.
  private static final int SUBJECTS_MAX = 500;

  private final QueueStore queue;
  private final Custodies custodies;
  private final Settlement settlement;
  private final Destinations destinations;
  private final Ways ways;
  private final DueWindow window;
  private final Story story;
  private final Supplier<Set<String>> processors;
  private final InstantSource clock;
  private final Spool spool;
  private final Subjects subjects;

  QueueAdministration(
      QueueStore queue,
      Custodies custodies,
      Settlement settlement,
      Destinations destinations,
      Ways ways,
      DueWindow window,
      Story story,
      Supplier<Set<String>> processors,
      InstantSource clock,
      Spool spool,
      Subjects subjects) {
    this.queue = queue;
    this.custodies = custodies;
    this.settlement = settlement;
    this.destinations = destinations;
    this.ways = ways;
    this.window = window;
    this.story = story;
    this.processors = processors;
    this.clock = clock;
    this.spool = spool;
    this.subjects = subjects;
  }

  /// The word for a recipient's state.
  public enum Condition {
    /// In the chain.
    WAITING,
    /// On its way to another server.
    OUTGOING,
    /// Stopped by an operator.
    HELD,
    /// In the dead letters.
    DEAD,
    /// In another repository.
    PARKED;

    public static Condition of(RecipientState state) {
      return switch (state) {
        case RecipientState.Waiting _ -> WAITING;
        case RecipientState.Outgoing _ -> OUTGOING;
        case RecipientState.Held _ -> HELD;
        case RecipientState.Parked parked -> parked.isDeadLetter() ? DEAD : PARKED;
      };
    }
  }

  /// A mail with those of its recipients that were asked for.
  public record Entry(
      MailId id, Arrival arrival, List<MailForm> forms, List<QueuedRecipient> recipients) {
    public Instant received() {
      return arrival.received();
    }

    /// Who sent it, before the chain changed anything.
    public Optional<MailAddress> sender() {
      return forms.getFirst().sender();
    }
  }

  /// `next` goes into the next call; absent when there are no more. So many mails were looked at.
  public record EntryPage(List<Entry> entries, Optional<MailId> next, int lookedAt) {}

  /// How many recipients it was done to, and how many were busy.
  public record Done(int recipients, int busy) {
    public static final Done NOTHING = new Done(0, 0);

    public Done plus(Done other) {
      return new Done(recipients + other.recipients, busy + other.busy);
    }
  }

  /// Mails that have matching recipients, oldest first, after `after` (empty: from the first); not
  /// as many as `limit` where too many had to be looked at for it.
  public EntryPage list(QueueFilter filter, Optional<MailId> after, int limit) {
    int wanted = Math.clamp(limit, 1, PAGE_MAX);
    List<Entry> entries = new ArrayList<>();
    Optional<MailId> last = after;
    int lookedAt = 0;
    int subjectsRead = 0;
    for (int pages = 0; lookedAt + pages < LOOKED_AT_MAX; pages++) {
      QueueStore.MailPage page = queue.mails(last, filter.isAll() ? wanted : PAGE_MAX);
      for (QueuedMail mail : page.mails()) {
        lookedAt++;
        Optional<Entry> entry = entry(mail, filter);
        if (entry.isPresent() && filter.subject().isPresent()) {
          subjectsRead++;
          entry = entry.filter(_ -> isAboutIt(filter, mail.forms().getFirst()));
        }
        entry.ifPresent(entries::add);
        if (entries.size() == wanted || subjectsRead == SUBJECTS_MAX) {
          return new EntryPage(entries, Optional.of(mail.id()), lookedAt);
        }
      }
      last = page.last();
      if (last.isEmpty()) {
        return new EntryPage(entries, Optional.empty(), lookedAt);
      }
    }
    return new EntryPage(entries, last, lookedAt);
  }

  private boolean isAboutIt(QueueFilter filter, MailForm first) {
    return filter.subject().map(part -> subjects.contain(part, first)).orElse(true);
  }

  /// How many mails there are; `exact` is false where nobody looked at all of them.
  public record Count(long mails, boolean exact) {}

  /// Mails that have matching recipients and come after `after`, whatever their subject is, without
  /// keeping them; counted until `lookedAtMax` mails were looked at.
  public Count count(QueueFilter filter, Optional<MailId> after, long lookedAtMax) {
    long mails = 0;
    long lookedAt = 0;
    Optional<MailId> last = after;
    do {
      QueueStore.MailPage page = queue.mails(last, PAGE_MAX);
      mails += page.mails().stream().filter(mail -> entry(mail, filter).isPresent()).count();
      lookedAt += page.mails().size() + 1;
      last = page.last();
    } while (last.isPresent() && lookedAt < lookedAtMax);
    return new Count(mails, last.isEmpty());
  }

  public QueueCounts count() {
    return queue.counts();
  }

  /// All that is known about a mail in the queue.
  public Optional<QueuedMail> show(MailId id) {
    return queue.find(id);
  }

  /// A mail with those of its recipients that match; empty if none does.
  public Optional<Entry> find(MailId id, QueueFilter filter) {
    return queue
        .find(id)
        .filter(mail -> isAboutIt(filter, mail.forms().getFirst()))
        .flatMap(mail -> entry(mail, filter));
  }

  /// Destinations that nobody could reach lately, and until when they are left alone.
  public Map<String, Instant> unreachable() {
    return destinations.leftAlone(clock.instant());
  }

  /// Where mail is on its way to, those with most recipients first. Looks through the whole queue:
  /// a few seconds for a million recipients.
  public List<DestinationState> destinations() {
    return new DestinationCensus(queue, destinations, ways, clock.instant()).take();
  }

  /// Whose mail is under way, those with most recipients first. Looks through the whole queue.
  public List<SenderState> senders() {
    return new SenderCensus(queue).take();
  }

  /// The message as the recipients of this form get it. Whoever uses it is done before the mail
  /// goes. Throws [IllegalStateException] when the content is missing.
  public Optional<Message> message(MailId id, int form) {
    return custodies
        .pin(id)
        .map(custody -> {
          try {
            return custody.message(form);
          } finally {
            custodies.unpin(custody);
          }
        });
  }

  /// Takes a mail back that was written to a file, durably: under its id, each recipient in its
  /// condition. What was on its way goes by the routes as they are now; what was in a repository is
  /// there again; what was in the chain, or dead, begins at its front. False when a mail of this id
  /// is here.
  public boolean takeBack(MailId id, NewMail mail, Function<MailAddress, Standing> standings) {
    var waited =
        new NewMail(
            mail.sender(),
            mail.recipients(),
            mail.content(),
            mail.prefix(),
            mail.dropHeaders(),
            mail.options(),
            mail.origin(),
            Notes.waited(mail.attributes(), clock.instant()),
            mail.written());
    return spool.takeBack(id, waited, address -> state(address, standings.apply(address)));
  }

  /// Takes a mail back exactly as it was, durably: each recipient with its form, its place, its
  /// tries and when the next one is; but patience with other servers begins anew, for while it was
  /// elsewhere nobody here could try it. The contents of the forms are there. `made` is what
  /// [#made] said. False when a mail of this id is here.
  public boolean takeBack(QueuedMail mail, NewMail first, Map<SubmissionKey, MailId> made) {
    Instant now = clock.instant();
    List<MailForm> forms = mail.forms().stream().map(form -> waited(form, now)).toList();
    var waited =
        new QueuedMail(mail.id(), mail.arrival(), forms, mail.recipients(), mail.submitted());
    return spool.takeBack(waited, first, made);
  }

  private static MailForm waited(MailForm form, Instant until) {
    return new MailForm(
        form.number(),
        form.sender(),
        form.content(),
        form.prefix(),
        form.cuts(),
        Notes.waited(form.attributes(), until));
  }

  /// The mails that were made on behalf of this one, by their purposes.
  public Map<SubmissionKey, MailId> made(QueuedMail mail) {
    Map<SubmissionKey, MailId> made = new HashMap<>();
    for (SubmissionKey key : mail.submitted()) {
      queue.submitted(mail.id(), key).ifPresent(id -> made.put(key, id));
    }
    return made;
  }

  /// Where a recipient stood: whether it was held, whether it was on its way, and in which
  /// repository it was.
  public record Standing(
      boolean held, boolean outgoing, Optional<RecipientState.Parked> repository) {}

  private static RecipientState state(MailAddress address, Standing standing) {
    if (standing.repository().isPresent()) {
      return standing.repository().get();
    }
    RecipientState state =
        standing.outgoing()
            ? new RecipientState.Outgoing(address.domain(), Optional.empty())
            : new RecipientState.Waiting(new RecipientState.Place(Chain.ROOT, ""));
    return standing.held() ? new RecipientState.Held(state) : state;
  }

  /// Does it to all recipients of the mail that are meant. Throws
  /// [org.posthorn.storage.StorageUnavailable], at once, while that cannot be written: then it is
  /// not done later either, and who waits in line goes on waiting.
  public Done carryOut(QueueOrder order, MailId id, QueueFilter filter) {
    Optional<Custody> pinned = custodies.pin(id);
    if (pinned.isEmpty()) {
      return Done.NOTHING;
    }
    try {
      return isAboutIt(filter, pinned.get().firstForm())
          ? obey(order, pinned.get(), filter)
          : Done.NOTHING;
    } finally {
      custodies.unpin(pinned.get());
    }
  }

  /// Waits until nobody works on these recipients, at most so long: whoever has made something
  /// known that a step looks at then finds what the step made of it in the queue. False when
  /// somebody still works on them.
  public boolean awaitRest(MailId id, Predicate<MailAddress> recipients, Duration atMost) {
    Optional<Custody> pinned = custodies.pin(id);
    if (pinned.isEmpty()) {
      return true;
    }
    try {
      return pinned.get().awaitRest(recipients, atMost);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      custodies.unpin(pinned.get());
    }
  }

  /// The way of one of its recipients: that of mail of the sender whom the chain gave its form.
  public Optional<Carrier.Way> way(Entry entry, QueuedRecipient row) {
    return entry.forms().stream()
        .filter(form -> form.number() == row.form())
        .findFirst()
        .flatMap(form -> way(form.sender(), row.state()));
  }

  /// Which way mail of this sender goes from this state; nothing is said of what is not on its way
  /// to another server.
  public Optional<Carrier.Way> way(Optional<MailAddress> sender, RecipientState state) {
    return switch (state) {
      case RecipientState.Outgoing outgoing -> Optional.of(ways.of(sender, outgoing));
      case RecipientState.Held(RecipientState before) -> way(sender, before);
      case RecipientState.Waiting _, RecipientState.Parked _ -> Optional.empty();
    };
  }

  /// The processors that mail can be run through.
  public Set<String> processors() {
    return processors.get();
  }

  /// How mail of this sender for this domain would go now; only the DNS is asked.
  public Carrier.Itinerary itinerary(Optional<MailAddress> sender, Domain domain) {
    return ways.carrier().itinerary(sender, domain);
  }

  /// What [#carryOut] would do now; nothing is changed.
  public Done preview(QueueOrder order, MailId id, QueueFilter filter) {
    Optional<Custody> pinned = custodies.pin(id);
    if (pinned.isEmpty()) {
      return Done.NOTHING;
    }
    Custody mail = pinned.get();
    try {
      if (!isAboutIt(filter, mail.firstForm())) {
        return Done.NOTHING;
      }
      Instant now = clock.instant();
      List<QueuedRecipient> all = mail.rows().stream().filter(meant(order, mail, filter)).toList();
      Set<Integer> busy = mail.claimed();
      Set<Integer> stopped = stopped(order, mail, all, now);
      if (!stopped.isEmpty()) {
        stopped.retainAll(destinations.inLine(mail));
        busy.removeAll(stopped);
      }
      List<QueuedRecipient> free =
          all.stream().filter(row -> !busy.contains(row.number())).toList();
      long changed =
          free.stream()
              .filter(row -> OrderedRow.isChanged(order, mail.arrival(), row, now))
              .count();
      return new Done((int) changed, all.size() - free.size());
    } finally {
      custodies.unpin(mail);
    }
  }

  private Done obey(QueueOrder order, Custody mail, QueueFilter filter) {
    Predicate<QueuedRecipient> meant = meant(order, mail, filter);
    Instant now = clock.instant(); // One for all: what fails together is one report.
    List<QueuedRecipient> all = mail.rows().stream().filter(meant).toList();
    if (!all.isEmpty()) {
      queue.checkWritable(); // Whoever is busy with them may be so because that fails.
    }
    List<Custody.Claim> claims = fromLine(mail, stopped(order, mail, all, now));
    claims.addAll(mail.claim(meant));
    List<Integer> claimed = claims.stream().flatMap(claim -> claim.numbers().stream()).toList();
    int done;
    try {
      done = change(mail, claims, order, now);
    } finally {
      // All at once: what goes one way now is to travel together.
      settlement.release(mail, claimed);
    }
    if (done > 0) {
      story.administered(mail.id(), order.word(), done);
    }
    return new Done(done, Math.max(0, all.size() - claimed.size()));
  }

  /// Which of these rows are on their way to another server, in somebody's hands or in line, and
  /// must not go there after the order. Who is to be tried again keeps the place in line.
  private static Set<Integer> stopped(
      QueueOrder order, Custody mail, List<QueuedRecipient> rows, Instant now) {
    if (order instanceof QueueOrder.Retry) {
      return new HashSet<>();
    }
    Set<Integer> stopped = mail.claimed();
    stopped.retainAll(
        rows.stream()
            .filter(row -> row.state() instanceof RecipientState.Outgoing)
            .filter(row -> OrderedRow.isChanged(order, mail.arrival(), row, now))
            .map(QueuedRecipient::number)
            .collect(Collectors.toSet()));
    return stopped;
  }

  /// What of these waits in line, claimed for the order. Others that would have gone together with
  /// them get in line again.
  private List<Custody.Claim> fromLine(Custody mail, Set<Integer> numbers) {
    List<Custody.Claim> mine = new ArrayList<>();
    if (numbers.isEmpty()) {
      return mine;
    }
    for (Custody.Claim load : destinations.takeOut(mail, numbers)) {
      Map<Boolean, List<QueuedRecipient>> parts =
          load.rows().stream()
              .collect(Collectors.partitioningBy(row -> numbers.contains(row.number())));
      mine.add(new Custody.Claim(mail, parts.getOrDefault(true, List.of())));
      settlement.release(
          mail,
          parts.getOrDefault(false, List.of()).stream().map(QueuedRecipient::number).toList());
      custodies.unpin(mail);
    }
    return mine;
  }

  /// All of them in one change, or none. How many there were.
  private int change(Custody mail, List<Custody.Claim> claims, QueueOrder order, Instant now) {
    Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
    Set<MailForm> forms = new LinkedHashSet<>();
    for (Custody.Claim claim : claims) {
      window.removeAll(claim.dueKeys());
      for (QueuedRecipient row : claim.rows()) {
        if (OrderedRow.isChanged(order, mail.arrival(), row, now)) {
          Optional<QueuedRecipient> edited = OrderedRow.of(order, mail.arrival(), row, now);
          after.put(
              row.number(),
              OrderedRow.goesOn(order, row) ? edited.map(to -> rested(mail, to, forms)) : edited);
        }
      }
    }
    if (!after.isEmpty()) {
      settlement.settleOrGiveUp(mail, new Custody.Change(List.copyOf(forms), after));
      after.values().forEach(row -> row.ifPresent(changed -> forgive(mail, changed)));
    }
    return after.size();
  }

  /// While it rested nobody could try it: patience with other servers begins when it goes on.
  private static QueuedRecipient rested(Custody mail, QueuedRecipient row, Set<MailForm> forms) {
    Map<String, String> notes = Notes.waited(mail.form(row.form()).attributes(), row.due());
    MailForm form = mail.formWith(row.form(), notes);
    forms.add(form);
    return Rows.updated(row, form.number(), Rows.recipient(row), row.due());
  }

  /// What is to be tried at once must not wait for a pause of its destination.
  private void forgive(Custody mail, QueuedRecipient row) {
    if (row.state() instanceof RecipientState.Outgoing state) {
      Optional<MailAddress> sender = mail.form(row.form()).sender();
      Carrier.Way way = ways.of(sender, state);
      destinations.forgive(Destinations.Key.of(way, sender, mail.options().wishes()));
    }
  }

  private Optional<Entry> entry(QueuedMail mail, QueueFilter filter) {
    Instant now = clock.instant();
    List<QueuedRecipient> recipients =
        mail.recipients().stream()
            .filter(
                row -> isMeant(filter, mail.form(row.form()).sender(), row, mail.arrival(), now))
            .toList();
    return recipients.isEmpty()
        ? Optional.empty()
        : Optional.of(new Entry(mail.id(), mail.arrival(), mail.forms(), recipients));
  }

  private boolean isMeant(
      QueueFilter filter,
      Optional<MailAddress> sender,
      QueuedRecipient row,
      Arrival arrival,
      Instant now) {
    return filter.matches(
        sender, row, () -> way(sender, row.state()).map(Carrier.Way::destination), arrival, now);
  }

  /// What is not held needs no release, whoever works on it.
  private Predicate<QueuedRecipient> meant(QueueOrder order, Custody mail, QueueFilter filter) {
    Instant now = clock.instant();
    return row ->
        (!(order instanceof QueueOrder.Release) || row.state() instanceof RecipientState.Held)
            && isMeant(filter, mail.form(row.form()).sender(), row, mail.arrival(), now);
  }
}
