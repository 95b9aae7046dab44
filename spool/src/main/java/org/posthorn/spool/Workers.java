package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.StepHealth;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.RowDamaged;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes up what is to be done, as many mails at a time as the configuration allows. Safe for use
/// by many threads.
///
/// A fresh mail is handed to a worker in memory right behind the commit that accepted it;
/// everything else comes up when it is due. A worker is a thread that claims what is due of one
/// mail, leads it through the chain, and then takes the next; it has a permit, and there is none
/// when there is no work.
final class Workers {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);
  private static final int FRESH_MAX = 2_000;
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  /// How long a sender waits whether its mail is served at once.
  private static final long PATIENCE_MILLIS = 500;

  private static final long SLOW_NANOS = 1_000_000_000;

  private final QueueStore queue;
  private final Custodies custodies;
  private final DueWindow window;
  private final Settlement settlement;
  private final Outgoing outgoing;
  private final Story story;
  private final InstantSource clock;
  private final Consumer<Runnable> starter;
  private final CountDownLatch stopped;
  private final RetrySchedule schedule;
  private final int count;
  private final Semaphore permits;
  private final Lanes<Turn> fresh = new Lanes<>();
  private final AtomicInteger turns = new AtomicInteger();
  private final AtomicBoolean begun = new AtomicBoolean();

  /// Until when no sender waits for the chain, which was slow.
  private volatile long slowUntilNanos = System.nanoTime();

  private volatile @Nullable Chain chain;

  /// `starter` runs what it is given on a thread of its own.
  Workers(
      QueueStore queue,
      Custodies custodies,
      DueWindow window,
      Settlement settlement,
      Outgoing outgoing,
      Story story,
      InstantSource clock,
      SpoolConfig config,
      Consumer<Runnable> starter,
      CountDownLatch stopped) {
    this.queue = queue;
    this.custodies = custodies;
    this.window = window;
    this.settlement = settlement;
    this.outgoing = outgoing;
    this.story = story;
    this.clock = clock;
    this.starter = starter;
    this.stopped = stopped;
    this.schedule = new RetrySchedule(config.chainRetries(), false);
    this.count = config.workers();
    this.permits = new Semaphore(count);
  }

  /// A mail of which something was due at `seen`. That counts whoever takes it up later: the clock
  /// may have been set back since, and nothing else has it come up.
  private record Turn(Custody mail, Instant seen) {}

  void start(Chain first) {
    use(first);
    if (begun.compareAndSet(false, true)) {
      starter.accept(this::keepTime);
    }
  }

  void use(Chain current) {
    Chain before = chain;
    chain = current;
    if (before != null) {
      before.retire();
    }
  }

  /// How the steps fare that are watched.
  List<StepHealth> health() {
    Chain current = chain;
    return current == null ? List.of() : current.health();
  }

  /// When nobody works any more: the chain's mailets are closed, within `grace`.
  void end(Duration grace) throws InterruptedException {
    Chain last = chain;
    if (last != null) {
      last.retire();
      if (!last.awaitEnd(grace)) {
        log.atWarn().log("chain-not-closed");
      }
    }
  }

  /// The processors of the chain that is in use.
  Set<String> processors() {
    Chain current = chain;
    return current == null ? Set.of() : current.processorNames();
  }

  /// Works on all that is due now, on the calling thread, until nothing is.
  void drain() {
    window.refill();
    Instant now = clock.instant();
    Optional<DueKey> next = window.poll(now);
    while (next.isPresent()) {
      turn(next.get(), now).ifPresent(this::serve);
      window.refill();
      now = clock.instant();
      next = window.poll(now);
    }
  }

  /// True when all have ended within `grace`; nobody begins after that.
  boolean awaitIdle(Duration grace) throws InterruptedException {
    return permits.tryAcquire(count, grace.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Takes over a mail that is not written down yet and is due at `now`, and its pin, when somebody
  /// has time for it at once; then returns when the mail is ours, or that would keep its sender
  /// waiting for long.
  boolean takeUp(Custody custody, Instant now) {
    boolean slow = System.nanoTime() - slowUntilNanos < 0;
    if (chain == null || stopped.getCount() == 0 || slow || !permits.tryAcquire()) {
      return false;
    }
    try {
      starter.accept(() -> work(new Turn(custody, now)));
    } catch (RuntimeException | Error e) {
      permits.release();
      log.atError().addKeyValue("mail", custody.id()).setCause(e).log("no-worker");
      return false;
    }
    if (!custody.acceptance().await(PATIENCE_MILLIS)) {
      slowUntilNanos = System.nanoTime() + SLOW_NANOS;
    }
    return true;
  }

  /// Takes over a mail that was just accepted, and its pin. Does not throw: the mail is ours, and
  /// its sender would send it once more.
  void handOver(Custody custody) {
    Instant now = clock.instant();
    boolean isDue = custody.rows().stream().anyMatch(row -> !row.due().isAfter(now));
    if (chain == null || stopped.getCount() == 0 || !isDue) {
      putBack(custody);
    } else if (permits.tryAcquire()) {
      begin(new Turn(custody, now));
    } else {
      queueUp(new Turn(custody, now));
    }
  }

  /// All workers are busy: the next one that is done takes it. Too many of them, and one of whoever
  /// has most is read again when its turn comes.
  private void queueUp(Turn turn) {
    @Nullable Turn tooMuch;
    synchronized (fresh) {
      fresh.add(turn, turn.mail().priority(), Sender.of(turn.mail()));
      tooMuch = fresh.size() > FRESH_MAX ? fresh.pollLastOfLongest() : null;
    }
    if (tooMuch != null) {
      putBack(tooMuch.mail());
    }
    wakeWorker();
  }

  /// Comes up by the window when it is due, unless an operator has dropped or held all of it.
  private void putBack(Custody custody) {
    custody.rows().stream()
        .filter(row -> row.state().isDue())
        .map(row -> DueKey.of(custody.id(), row))
        .forEach(window::add);
    custodies.unpin(custody);
  }

  /// With a permit.
  private void begin(Turn turn) {
    try {
      starter.accept(() -> work(turn));
    } catch (RuntimeException | Error e) {
      Custody mail = turn.mail();
      permits.release();
      comeBack(mail);
      custodies.unpin(mail);
      log.atError().addKeyValue("mail", mail.id()).setCause(e).log("no-worker");
    }
  }

  private void wakeWorker() {
    synchronized (fresh) {
      if (fresh.isEmpty() || !permits.tryAcquire()) {
        return;
      }
    }
    try {
      starter.accept(() -> next().ifPresentOrElse(this::work, permits::release));
    } catch (RuntimeException | Error e) {
      permits.release(); // Whoever is done next takes it, or whoever comes.
      log.atError().setCause(e).log("no-worker");
    }
  }

  /// A worker's life: has a permit, gives it back when there is nothing left to do.
  private void work(Turn first) {
    Optional<Turn> turn = Optional.of(first);
    try {
      while (turn.isPresent()) {
        serve(turn.get());
        turn = next();
      }
    } finally {
      permits.release();
    }
    wakeWorker();
  }

  /// What is due and what is fresh take turns, so that a long queue holds up no new mail.
  private Optional<Turn> next() {
    if (stopped.getCount() == 0) {
      return Optional.empty();
    }
    return turns.incrementAndGet() % 2 == 0
        ? nextDue().or(this::nextFresh)
        : nextFresh().or(this::nextDue);
  }

  private Optional<Turn> nextDue() {
    Instant now = clock.instant();
    Optional<DueKey> due = window.poll(now);
    while (due.isPresent()) {
      Optional<Turn> turn = turn(due.get(), now);
      if (turn.isPresent()) {
        return turn;
      }
      now = clock.instant();
      due = window.poll(now);
    }
    return Optional.empty();
  }

  private Optional<Turn> nextFresh() {
    synchronized (fresh) {
      return Optional.ofNullable(fresh.poll());
    }
  }

  /// Does all that is due of a mail, and lets go of it.
  private void serve(Turn turn) {
    Custody mail = turn.mail();
    Deque<Custody.Claim> left = new ArrayDeque<>(); // Claimed, and in nobody's hands.
    try {
      Instant now = clock.instant();
      left.addAll(mail.claimDue(now.isAfter(turn.seen()) ? now : turn.seen()));
      while (!left.isEmpty()) {
        left.forEach(claim -> window.removeAll(claim.dueKeys()));
        left = new ArrayDeque<>(outgoing.together(List.copyOf(left)));
        while (!left.isEmpty()) {
          serve(left.removeFirst());
        }
        if (stopped.getCount() > 0) {
          left.addAll(mail.claimDue(clock.instant()));
        }
      }
    } catch (RuntimeException | Error e) {
      left.forEach(Custody.Claim::letGo);
      comeBack(mail); // First: what was thrown may not even let itself be logged.
      log.atError().addKeyValue("mail", mail.id()).setCause(e).log("work-failed");
    } finally {
      custodies.unpin(mail);
      mail.acceptance().workEnded();
    }
  }

  /// When it returns, or throws, the claim is released or somebody has taken it over.
  private void serve(Custody.Claim claim) {
    if (outgoing.returnsOverdue(claim)) {
      return;
    }
    switch (claim.state()) {
      case RecipientState.Waiting(Place place) -> lead(claim, place);
      case RecipientState.Outgoing _ -> outgoing.offer(claim);
      case RecipientState.Held _, RecipientState.Parked _ ->
          throw new IllegalStateException("Nothing is due in state " + claim.state());
    }
  }

  private void lead(Custody.Claim claim, Place place) {
    Chain current = entered(claim);
    try {
      ChainWork.run(
          new ChainWork.Tools(current, schedule, clock, settlement, outgoing.reports(), story),
          claim,
          place);
    } finally {
      current.leave();
    }
  }

  private Chain entered(Custody.Claim claim) {
    try {
      return entered();
    } catch (RuntimeException e) {
      claim.letGo();
      throw e;
    }
  }

  private Chain entered() {
    Chain current = chain;
    while (current != null && !current.enter()) {
      if (stopped.getCount() == 0) {
        throw new IllegalStateException("The spool has stopped");
      }
      current = chain; // It has just been replaced.
    }
    if (current == null) {
      throw new IllegalStateException("The spool was not started");
    }
    return current;
  }

  /// The mail, unless it is gone. Left-overs of a crash are removed; a damaged mail is named and
  /// left where it is.
  private Optional<Turn> turn(DueKey key, Instant seen) {
    try {
      Optional<Custody> mail = custodies.pin(key.mail());
      if (mail.isEmpty()) {
        queue.removeLeftOver(key.mail());
      }
      return mail.map(pinned -> new Turn(pinned, seen));
    } catch (RowDamaged damaged) {
      log.atError().addKeyValue("mail", key.mail()).setCause(damaged).log("mail-damaged");
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", key.mail()).setCause(e).log("mail-not-read");
      window.addAgain(new DueKey(clock.instant().plus(AFTER_FAILURE), key.mail(), key.number()));
      return Optional.empty();
    }
  }

  /// After something that should not happen: looks at the mail again in a while.
  private void comeBack(Custody mail) {
    mail.rows().stream()
        .filter(row -> row.state().isDue())
        .map(row -> new DueKey(clock.instant().plus(AFTER_FAILURE), mail.id(), row.number()))
        .forEach(window::addAgain);
  }

  /// The thread that waits for what is due and starts workers for it.
  private void keepTime() {
    try {
      do {
        fillWindow();
        Instant now = clock.instant();
        Optional<DueKey> due = window.poll(now);
        while (due.isPresent()) {
          permits.acquire();
          Optional<Turn> turn = stopped.getCount() == 0 ? Optional.empty() : turn(due.get(), now);
          if (turn.isPresent()) {
            begin(turn.get());
          } else {
            permits.release();
          }
          fillWindow();
          now = clock.instant();
          due = window.poll(now);
        }
      } while (window.await(clock.instant(), LONGEST_WAIT));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void fillWindow() {
    try {
      window.refill();
    } catch (RuntimeException | Error e) { // Without this thread nothing comes up any more.
      log.atError().setCause(e).log("queue-not-read");
    }
  }
}
