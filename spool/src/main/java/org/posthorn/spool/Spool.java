package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.StepHealth;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.story.StoryLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes mail over and keeps it until every recipient is served. Safe for use by many threads.
///
/// [#accept] hands the mail to the [Workers], who lead it through the chain ([ChainWork]) and give
/// what goes to other servers to the [Outgoing] queue. It returns when the rows are durable, or
/// when the mail was served at once and needs none ([Acceptance]). While somebody works on a mail,
/// its rows are in memory once, as a [Custody]; what became of recipients is written down by
/// [Settlement]; what waits for its time is found through the [DueWindow].
public final class Spool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Spool.class);
  private static final int WINDOW_MAX = 20_000;
  private static final Duration CLOSING_MAX = Duration.ofSeconds(5);

  /// One keeps the time, so two work.
  private static final int SYSTEM_THREADS_MAX = 3;

  private static final Duration SYSTEM_THREAD_REST = Duration.ofSeconds(30);

  /// RFC 5321 §4.5.3.2.6: a sender waits for ten minutes.
  private static final Duration DOUBT_MAX = Duration.ofMinutes(5);

  private static final RecipientState WAITING_AT_ROOT =
      new RecipientState.Waiting(new Place(Chain.ROOT, ""));

  private final QueueStore queue;
  private final ContentStore contents;
  private final InstantSource clock;
  private final Duration stopGrace;
  private final MailIds ids;
  private final Custodies custodies;
  private final DueWindow window;
  private final Settlement settlement;
  private final Outgoing outgoing;
  private final Workers workers;
  private final SpoolSubmission submission;
  private final ServerName name;
  private final Reports reports;
  private final StoryLog told;
  private final Story story;
  private final ReturnPaths returnPaths;
  private final CountDownLatch stopped = new CountDownLatch(1);

  public Spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      ReturnPaths returnPaths,
      SpoolConfig config,
      ServerName name,
      InstantSource clock) {
    this(queue, contents, carrier, returnPaths, config, name, clock, StoryLog.off(), threads());
  }

  /// With a story of what happens.
  public Spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      ReturnPaths returnPaths,
      SpoolConfig config,
      ServerName name,
      InstantSource clock,
      StoryLog told) {
    this(queue, contents, carrier, returnPaths, config, name, clock, told, threads());
  }

  /// `starter` runs what it is given; on the calling thread, and nothing happens behind a test's
  /// back.
  Spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      ReturnPaths returnPaths,
      SpoolConfig config,
      ServerName name,
      InstantSource clock,
      StoryLog told,
      Consumer<Runnable> starter) {
    this.told = told;
    this.story = new Story(told);
    this.queue = queue;
    this.contents = contents;
    this.clock = clock;
    this.stopGrace = config.stopGrace();
    this.ids = new MailIds(clock);
    this.custodies = new Custodies(queue, contents);
    this.window = new DueWindow(queue, WINDOW_MAX);
    this.settlement = new Settlement(queue, contents, window, told, stopped);
    this.submission = new SpoolSubmission(this, queue, contents, custodies, clock, name);
    this.name = name;
    this.returnPaths = returnPaths;
    this.reports = new Reports(submission.ofReports(), returnPaths, name.value(), clock);
    this.outgoing =
        new Outgoing(carrier, custodies, settlement, reports, story, clock, config, starter);
    this.workers =
        new Workers(
            queue, custodies, window, settlement, outgoing, story, clock, config, starter, stopped);
  }

  /// Durable when it returns: only now may the sender be told 250 (RFC 5321 §6.1). Throws
  /// [org.posthorn.storage.StorageUnavailable]; then nothing was promised.
  public MailId accept(MailId id, NewMail mail) {
    return take(id, mail, Optional.empty());
  }

  /// Hands in `mail` as a new one that is made on behalf of another and shares its message: once
  /// for each purpose, durably, as [org.posthorn.mailet.Submission#submit]. What `mail` has as id
  /// and origin does not count.
  public MailId derive(MailId onBehalfOf, String purpose, Mail mail) {
    return submission.derive(onBehalfOf, purpose, mail);
  }

  /// An id for a mail that is about to come, so that what is written into it can name it.
  public MailId newId() {
    return ids.next();
  }

  /// Before the first [#start]: tells of mail here whose acceptance a kill took from the story.
  public void tellWhatIsLost() {
    new Retelling(queue, contents, told).run();
  }

  /// Begins to work, on what is left from before too. Later calls exchange the chain for what is
  /// not under way yet.
  public void start(Chain first) {
    workers.start(first);
  }

  /// Takes up no more work, waits a while for what has begun and leaves the rest to the next start.
  /// Mail is still accepted after it, durably as ever.
  @Override
  public void close() {
    if (stopped.getCount() == 0) {
      return;
    }
    stopped.countDown();
    window.close();
    outgoing.stop();
    long deadline = System.nanoTime() + stopGrace.toNanos();
    try {
      if (!workers.awaitIdle(stopGrace) || !outgoing.awaitIdle(deadline)) {
        log.atWarn().addKeyValue("mails", custodies.count()).log("stopped-amid-work");
      }
      workers.end(CLOSING_MAX);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// What plugins may use of the server.
  Services services(
      Dns dns, Http http, Directory directory, Metrics metrics, SpoolServices.Kept kept) {
    return new SpoolServices(
        submission,
        name,
        clock,
        dns,
        http,
        directory,
        metrics,
        kept,
        new Notices(this, submission, contents, name, clock));
  }

  /// The message of a mail as the chain would see it, before it is accepted; `contents` has it, and
  /// gets what is made of it.
  public static Message message(NewMail mail, ContentStore contents) {
    return new SpooledMessage(
        contents, mail.content(), mail.prefix(), Rows.firstForm(mail).cuts(), mail.options());
  }

  /// The mail with another message, made of [#message]; whatever else it is made of is written to
  /// `contents` now.
  public static NewMail changed(NewMail mail, Message message, ContentStore contents) {
    SpooledMessage other =
        message instanceof SpooledMessage spooled
            ? spooled
            : SpooledMessage.written(contents, message, mail.options());
    return new NewMail(
        mail.sender(),
        mail.recipients(),
        other.content(),
        other.prefix(),
        other.cuts().stream().map(cut -> new NewMail.Range(cut.start(), cut.end())).toList(),
        mail.options(),
        mail.origin(),
        mail.attributes(),
        mail.written());
  }

  /// The [Carrier] takes mail other ways from now on.
  public void waysChanged() {
    outgoing.waysChanged();
  }

  /// The envelope senders of ours to which bounces come back.
  public ReturnPaths returnPaths() {
    return returnPaths;
  }

  /// From now on `watch` hears of each recipient that another server refuses to a user of ours.
  public void watchRefusals(Consumer<MailAddress> watch) {
    outgoing.watchRefusals(watch);
  }

  /// Tells senders what became of their mail.
  public Reports reports() {
    return reports;
  }

  /// What an operator may do with the queue.
  public QueueAdministration administration() {
    return new QueueAdministration(
        queue,
        custodies,
        settlement,
        outgoing.destinations(),
        outgoing.ways(),
        window,
        story,
        workers::processors,
        clock,
        this,
        new Subjects(contents));
  }

  /// How the steps of the chain fare that are watched.
  public List<StepHealth> stepHealth() {
    return workers.health();
  }

  /// Where what happened to mails is told.
  public StoryLog story() {
    return told;
  }

  /// With a note that the mail was made on behalf of another.
  MailId take(MailId id, NewMail mail, Optional<OnBehalf> parent) {
    var _ =
        take(
            id,
            mail,
            parent,
            _ -> WAITING_AT_ROOT,
            (taken, acceptance) -> Optional.of(custodies.pinNew(taken, acceptance)));
    return id;
  }

  /// False when there was nothing to pin.
  private boolean take(
      MailId id,
      NewMail mail,
      Optional<OnBehalf> parent,
      Function<MailAddress, RecipientState> states,
      BiFunction<QueuedMail, Acceptance, Optional<Custody>> pin) {
    List<Recipient> recipients = distinct(mail.recipients());
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("A mail without recipients");
    }
    var message =
        new SpooledMessage(
            contents, mail.content(), mail.prefix(), Rows.firstForm(mail).cuts(), mail.options());
    MailForm form = form(mail, message);
    List<QueuedRecipient> rows = rows(mail, recipients, parent.isEmpty(), states);
    Arrival arrival = Rows.arrival(mail.origin(), mail.options());
    var acceptance =
        new Acceptance(
            since -> {
              var change = new QueueChange(id);
              change.carry(contents.cargo(contentsOf(List.of(form), since.forms())));
              since.onto(rows).forEach(change::add);
              parent.ifPresent(on -> change.submitted(on.parent(), on.key(), id));
              since.forms().forEach(more -> change.put(arrival, more));
              queue.change(change.accept(arrival, form));
            },
            () -> story.accepted(id, mail, parent.map(OnBehalf::parent)),
            () -> story.logAccepted(id, mail));
    Optional<Custody> pinned =
        pin.apply(new QueuedMail(id, arrival, List.of(form), rows, Set.of()), acceptance);
    if (pinned.isEmpty()) {
      return false;
    }
    Custody custody = pinned.get();
    if (form.content().equals(message.content().id())) {
      custody.knows(message, 0);
    }
    custody.acceptance().then(() -> custody.told(told.last()));
    Instant now = clock.instant();
    hand(custody, parent.isEmpty() && mayBeServedAtOnce(rows, now), now);
    return true;
  }

  private static Set<ContentId> contentsOf(List<MailForm> forms, List<MailForm> more) {
    Set<ContentId> all = new LinkedHashSet<>();
    forms.forEach(form -> all.add(form.content()));
    more.forEach(form -> all.add(form.content()));
    return all;
  }

  /// To the workers: before it is written down, when it may be served without that.
  private void hand(Custody custody, boolean unwritten, Instant now) {
    if (unwritten && workers.takeUp(custody, now)) {
      custody.acceptance().writeBeside(DOUBT_MAX);
      if (custody.acceptance().isServed()) { // Nothing else tells of it.
        told.awaitWritten(custody.toldAt(told.last()));
      }
      return;
    }
    try {
      custody.acceptance().write();
    } catch (RuntimeException | Error e) {
      custodies.unpin(custody);
      throw e;
    }
    workers.handOver(custody);
  }

  /// With several recipients a crash might find some of them served, and their sender sends the
  /// message to all once more.
  private static boolean mayBeServedAtOnce(List<QueuedRecipient> rows, Instant now) {
    QueuedRecipient first = rows.getFirst();
    return rows.size() == 1 && first.state().equals(WAITING_AT_ROOT) && !first.due().isAfter(now);
  }

  private List<QueuedRecipient> rows(
      NewMail mail,
      List<Recipient> recipients,
      boolean isFirst,
      Function<MailAddress, RecipientState> states) {
    List<QueuedRecipient> rows = new ArrayList<>();
    Instant due = mail.options().wishes().holdUntil().orElseGet(clock::instant);
    // What is made on behalf of a released mail has its notes, and is not held again.
    Optional<String> held = mail.quarantine().filter(_ -> isFirst);
    for (Recipient recipient : recipients) {
      QueuedRecipient row =
          Rows.row(rows.size(), 0, recipient, states.apply(recipient.address()), due);
      rows.add(held.map(why -> quarantined(row, why)).orElse(row));
    }
    return rows;
  }

  /// A mail that was here before, under its id; `states` are where its recipients stood. False when
  /// it is here.
  boolean takeBack(MailId id, NewMail mail, Function<MailAddress, RecipientState> states) {
    boolean taken;
    try {
      taken = take(id, mail, Optional.empty(), states, custodies::pinAbsent);
    } catch (StorageUnavailable e) {
      window.add(new DueKey(clock.instant(), id, 0)); // As below.
      throw e;
    }
    if (taken) {
      story.administered(id, "import", mail.recipients().size());
    }
    return taken;
  }

  /// A mail that was here before, exactly as it was. `first` is what is told of it; `made` are the
  /// mails that were made on its behalf. False when it is here.
  boolean takeBack(QueuedMail mail, NewMail first, Map<SubmissionKey, MailId> made) {
    var acceptance =
        new Acceptance(
            since -> {
              var change = new QueueChange(mail.id());
              List<MailForm> more = new ArrayList<>(mail.forms().subList(1, mail.forms().size()));
              more.addAll(since.forms());
              change.carry(contents.cargo(contentsOf(mail.forms(), since.forms())));
              more.forEach(form -> change.put(mail.arrival(), form));
              since.onto(mail.recipients()).forEach(change::add);
              made.forEach((key, id) -> change.submitted(mail.id(), key, id));
              queue.change(change.accept(mail.arrival(), mail.forms().getFirst()));
            },
            () -> story.accepted(mail.id(), first, Optional.empty()),
            () -> story.logAccepted(mail.id(), first));
    Optional<Custody> custody = custodies.pinAbsent(mail, acceptance);
    if (custody.isEmpty()) {
      return false;
    }
    try {
      custody.get().acceptance().write();
    } finally {
      custodies.unpin(custody.get());
      // After a failure too: it may be there, and whoever brings it once more hears that it is.
      mail.recipients().stream()
          .filter(row -> row.state().isDue())
          .forEach(row -> window.add(DueKey.of(mail.id(), row)));
    }
    story.administered(mail.id(), "import", mail.recipients().size());
    return true;
  }

  private QueuedRecipient quarantined(QueuedRecipient row, String why) {
    return row.moved(new RecipientState.Held(row.state()), row.due())
        .withAnswer(
            new QueuedRecipient.Answer(
                "4.7.1", Optional.empty(), "Quarantine: " + why, clock.instant(), false));
  }

  /// Why a mail was made: `key` is the purpose.
  record OnBehalf(MailId parent, SubmissionKey key) {}

  /// Exchanges the chain without beginning to work.
  void use(Chain current) {
    workers.use(current);
  }

  /// Works on all that is due now, on the calling thread, until nothing is.
  void drain() {
    workers.drain();
  }

  /// The form in which the queue keeps it; a prefix that is too long for that is written down
  /// together with the content.
  private static MailForm form(NewMail mail, SpooledMessage message) {
    SpooledMessage compact = message.compact();
    if (compact == message) {
      return Rows.firstForm(mail);
    }
    return new MailForm(
        0, mail.sender(), compact.content().id(), "", List.of(), Notes.accepted(mail));
  }

  private static List<Recipient> distinct(List<Recipient> recipients) {
    Map<MailAddress, Recipient> byAddress = new LinkedHashMap<>();
    recipients.forEach(recipient -> byAddress.putIfAbsent(recipient.address(), recipient));
    return List.copyOf(byAddress.values());
  }

  /// The first few at a time on threads of the system, which wait for the disk and for each other
  /// with the least to do; all others on virtual ones.
  private static Consumer<Runnable> threads() {
    return new ThreadPoolExecutor(
            0,
            SYSTEM_THREADS_MAX,
            SYSTEM_THREAD_REST.toSeconds(),
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("spool-", 1).factory(),
            (work, _) -> Thread.ofVirtual().name("spool").start(work))
        ::execute;
  }
}
