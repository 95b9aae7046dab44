package org.posthorn.spool;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.chain.Chain;
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
import org.posthorn.storage.queue.RowDamaged;
import org.posthorn.storage.queue.SubmissionKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes mail over and keeps it until every recipient is served. Safe for use by many threads.
///
/// A fresh mail is handed to a worker in memory right behind the commit that accepted it;
/// everything else comes up when it is due. A worker is a virtual thread that claims what is due of
/// one mail, leads it through the chain, and then takes the next; there are as many as the
/// configuration allows and no more than there is work.
public final class Spool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Spool.class);
  private static final int FRESH_MAX = 2_000;
  private static final int WINDOW_MAX = 20_000;
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private static final RecipientState WAITING_AT_ROOT =
      new RecipientState.Waiting(new Place(Chain.ROOT, ""));

  private final QueueStore queue;
  private final ContentStore contents;
  private final SpoolConfig config;
  private final InstantSource clock;
  private final Consumer<Runnable> starter;
  private final MailIds ids;
  private final Custodies custodies;
  private final DueWindow window;
  private final Settlement settlement;
  private final Outgoing outgoing;
  private final SpoolSubmission submission;
  private final Services services;
  private final Reports reports;
  private final RetrySchedule chainSchedule;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Semaphore permits;
  private final ArrayDeque<Custody> fresh = new ArrayDeque<>();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile @Nullable Chain chain;

  public Spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      SpoolConfig config,
      ServerName name,
      InstantSource clock) {
    this(queue, contents, carrier, config, name, clock, Spool::startVirtual);
  }

  /// `starter` runs what it is given; on the calling thread, and nothing happens behind a test's
  /// back.
  Spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      SpoolConfig config,
      ServerName name,
      InstantSource clock,
      Consumer<Runnable> starter) {
    this.queue = queue;
    this.contents = contents;
    this.config = config;
    this.clock = clock;
    this.starter = starter;
    this.ids = new MailIds(clock);
    this.custodies = new Custodies(queue, contents);
    this.window = new DueWindow(queue, WINDOW_MAX);
    this.settlement = new Settlement(queue, window, stopped);
    this.submission = new SpoolSubmission(this, queue, contents, custodies, clock, name);
    this.services = new SpoolServices(submission, name, clock);
    this.reports = new Reports(submission, name.value(), clock);
    this.outgoing = new Outgoing(carrier, custodies, settlement, reports, clock, config, starter);
    this.chainSchedule = new RetrySchedule(config.chainRetries(), false);
    this.permits = new Semaphore(config.workers());
  }

  /// Durable when it returns: only now may the sender be told 250 (RFC 5321 §6.1). Throws
  /// [org.posthorn.storage.StorageUnavailable]; then nothing was promised.
  public MailId accept(NewMail mail) {
    return take(mail, Optional.empty());
  }

  /// Begins to work, on what is left from before too. Later calls exchange the chain for what is
  /// not under way yet.
  public void start(Chain first) {
    boolean begins = chain == null;
    use(first);
    if (begins) {
      starter.accept(this::keepTime);
    }
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
    try {
      awaitWorkers();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitWorkers() throws InterruptedException {
    long deadline = System.nanoTime() + config.stopGrace().toNanos();
    if (!permits.tryAcquire(
        config.workers(), config.stopGrace().toMillis(), TimeUnit.MILLISECONDS)) {
      log.atWarn().addKeyValue("mails", custodies.count()).log("stopped-amid-work");
    }
    while (outgoing.destinations().underwayCount() > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /// What mailets may use of the server.
  public Services services() {
    return services;
  }

  /// Tells senders what became of their mail.
  public Reports reports() {
    return reports;
  }

  /// What an operator may do with the queue.
  public QueueAdministration administration() {
    return new QueueAdministration(
        queue, custodies, settlement, outgoing.destinations(), window, clock);
  }

  /// With a note that the mail was made on behalf of another.
  MailId take(NewMail mail, Optional<OnBehalf> parent) {
    List<Recipient> recipients = distinct(mail.recipients());
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("A mail without recipients");
    }
    contents.sync(mail.content().id());
    MailId id = ids.next();
    Arrival arrival = Rows.arrival(mail.origin(), mail.options());
    var message =
        new SpooledMessage(
            contents, mail.content(), mail.prefix(), Rows.firstForm(mail).cuts(), mail.options());
    MailForm form = form(mail, message);
    List<QueuedRecipient> rows = new ArrayList<>();
    for (Recipient recipient : recipients) {
      rows.add(Rows.row(rows.size(), 0, recipient, WAITING_AT_ROOT, clock.instant()));
    }
    Custody custody = custodies.pinNew(new QueuedMail(id, arrival, List.of(form), rows, Set.of()));
    try {
      var change = new QueueChange(id);
      rows.forEach(change::add);
      parent.ifPresent(on -> change.submitted(on.parent(), on.key(), id));
      queue.change(change.accept(arrival, form));
    } catch (RuntimeException | Error e) {
      custodies.unpin(custody);
      throw e;
    }
    if (form.content().equals(message.content().id())) {
      custody.knows(message, 0);
    }
    Story.accepted(id, mail);
    handOver(custody);
    return id;
  }

  /// Why a mail was made: `key` is the purpose.
  record OnBehalf(MailId parent, SubmissionKey key) {}

  void use(Chain current) {
    chain = current;
  }

  /// Works on all that is due now, on the calling thread, until nothing is.
  void drain() {
    window.refill();
    Optional<DueKey> next = window.poll(clock.instant());
    while (next.isPresent()) {
      pinned(next.get()).ifPresent(this::serve);
      window.refill();
      next = window.poll(clock.instant());
    }
  }

  /// The form in which the queue keeps it; a prefix that is too long for that is written down
  /// together with the content.
  private MailForm form(NewMail mail, SpooledMessage message) {
    SpooledMessage compact = message.compact();
    if (compact == message) {
      return Rows.firstForm(mail);
    }
    contents.sync(compact.content().id());
    return new MailForm(0, mail.sender(), compact.content().id(), "", List.of(), Map.of());
  }

  private void handOver(Custody custody) {
    if (chain == null || stopped.getCount() == 0) {
      window.add(DueKey.of(custody.id(), custody.rows().getFirst()));
      custodies.unpin(custody);
    } else if (permits.tryAcquire()) {
      starter.accept(() -> work(custody));
    } else {
      queueUp(custody);
    }
  }

  /// All workers are busy: the next one that is done takes it. Too many of them and it is read
  /// again when its turn comes.
  private void queueUp(Custody custody) {
    boolean kept;
    synchronized (fresh) {
      kept = fresh.size() < FRESH_MAX;
      if (kept) {
        fresh.add(custody);
      }
    }
    if (!kept) {
      window.add(DueKey.of(custody.id(), custody.rows().getFirst()));
      custodies.unpin(custody);
    }
    wakeWorker();
  }

  private void wakeWorker() {
    synchronized (fresh) {
      if (fresh.isEmpty() || !permits.tryAcquire()) {
        return;
      }
    }
    starter.accept(() -> next().ifPresentOrElse(this::work, permits::release));
  }

  /// A worker's life: has a permit, gives it back when there is nothing left to do.
  private void work(Custody first) {
    Optional<Custody> mail = Optional.of(first);
    try {
      while (mail.isPresent()) {
        serve(mail.get());
        mail = next();
      }
    } finally {
      permits.release();
    }
    wakeWorker();
  }

  /// What is due and what is fresh take turns, so that a long queue holds up no new mail.
  private Optional<Custody> next() {
    if (stopped.getCount() == 0) {
      return Optional.empty();
    }
    return turns.incrementAndGet() % 2 == 0
        ? nextDue().or(this::nextFresh)
        : nextFresh().or(this::nextDue);
  }

  private Optional<Custody> nextDue() {
    Optional<DueKey> due = window.poll(clock.instant());
    while (due.isPresent()) {
      Optional<Custody> mail = pinned(due.get());
      if (mail.isPresent()) {
        return mail;
      }
      due = window.poll(clock.instant());
    }
    return Optional.empty();
  }

  private Optional<Custody> nextFresh() {
    synchronized (fresh) {
      return Optional.ofNullable(fresh.poll());
    }
  }

  /// Does all that is due of a mail, and lets go of it.
  private void serve(Custody mail) {
    try {
      List<Custody.Claim> claims = mail.claimDue(clock.instant());
      while (!claims.isEmpty()) {
        claims.forEach(claim -> window.removeAll(claim.dueKeys()));
        claims.forEach(this::serve);
        claims = stopped.getCount() == 0 ? List.of() : mail.claimDue(clock.instant());
      }
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", mail.id()).setCause(e).log("work-failed");
      comeBack(mail);
    } finally {
      custodies.unpin(mail);
    }
  }

  private void serve(Custody.Claim claim) {
    switch (claim.state()) {
      case RecipientState.Waiting(Place place) -> lead(claim, place);
      case RecipientState.Outgoing _ -> outgoing.offer(claim);
      case RecipientState.Held _, RecipientState.Dead _ ->
          throw new IllegalStateException("Nothing is due in state " + claim.state());
    }
  }

  private void lead(Custody.Claim claim, Place place) {
    Chain current = chain;
    if (current == null) {
      throw new IllegalStateException("The spool was not started");
    }
    ChainWork.run(new ChainWork.Tools(current, chainSchedule, clock, settlement), claim, place);
  }

  /// The mail, unless it is gone. Left-overs of a crash are removed; a damaged mail is named and
  /// left where it is.
  private Optional<Custody> pinned(DueKey key) {
    try {
      Optional<Custody> mail = custodies.pin(key.mail());
      if (mail.isEmpty()) {
        queue.removeLeftOver(key.mail());
      }
      return mail;
    } catch (RowDamaged damaged) {
      log.atError().addKeyValue("mail", key.mail()).setCause(damaged).log("mail-damaged");
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", key.mail()).setCause(e).log("mail-not-read");
      window.add(new DueKey(clock.instant().plus(AFTER_FAILURE), key.mail(), key.number()));
      return Optional.empty();
    }
  }

  /// After something that should not happen: looks at the mail again in a while.
  private void comeBack(Custody mail) {
    mail.rows().stream()
        .filter(row -> row.state().isDue())
        .forEach(row ->
            window.add(new DueKey(clock.instant().plus(AFTER_FAILURE), mail.id(), row.number())));
  }

  /// The thread that waits for what is due and starts workers for it.
  private void keepTime() {
    try {
      do {
        fillWindow();
        Optional<DueKey> due = window.poll(clock.instant());
        while (due.isPresent()) {
          permits.acquire();
          Optional<Custody> mail = stopped.getCount() == 0 ? Optional.empty() : pinned(due.get());
          if (mail.isPresent()) {
            starter.accept(() -> work(mail.get()));
          } else {
            permits.release();
          }
          fillWindow();
          due = window.poll(clock.instant());
        }
      } while (window.await(clock.instant(), LONGEST_WAIT));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void fillWindow() {
    try {
      window.refill();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("queue-not-read");
    }
  }

  private static List<Recipient> distinct(List<Recipient> recipients) {
    Map<MailAddress, Recipient> byAddress = new LinkedHashMap<>();
    recipients.forEach(recipient -> byAddress.putIfAbsent(recipient.address(), recipient));
    return List.copyOf(byAddress.values());
  }

  private static void startVirtual(Runnable work) {
    Thread.ofVirtual().name("spool").start(work);
  }
}
