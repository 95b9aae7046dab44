package org.posthorn.storage.follow;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.Standing;
import org.posthorn.storage.system.Niceness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leads a [Follower] through the accounts, in a thread of its own that others go before. It holds
/// no changes, only the ids of accounts that have some: each once, however many there are. Safe for
/// use by many threads.
///
/// At the start it compares, page by page and whenever nothing more urgent is to be done, where all
/// accounts stand with what the follower has reached. From then on it is told of changes.
///
/// While the processors are busy it leaves them to others and lets changes gather, which are then
/// taken over account by account; but not for longer than its patience, and not where somebody
/// waits ([#await]).
public final class Following implements AutoCloseable, Accounts.Watcher {
  private static final Logger log = LoggerFactory.getLogger(Following.class);

  /// When what made trouble is tried again; later and later, up to eight minutes.
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private static final long REST_NANOS = Duration.ofSeconds(30).toNanos();

  private final Accounts accounts;
  private final Follower follower;
  private final Lull lull;
  private final long patienceNanos;
  private final long settleNanos;
  private final long againNanos;
  private final Thread thread;
  private final Object door = new Object();

  /// Used by the thread.
  private final Troubles troubles = new Troubles(System::nanoTime);

  /// All of these are guarded by `door`.
  private final Set<AccountId> urgent = new LinkedHashSet<>();

  private final Set<AccountId> changed = new LinkedHashSet<>();

  /// Were deleted, and the follower does not know yet; there may be one of that id again.
  private final Set<AccountId> unforgotten = new LinkedHashSet<>();

  private final Retries troubled = new Retries();

  /// Since when an account has had changes that the follower has not, the longest first.
  private final SequencedMap<AccountId, Long> behind = new LinkedHashMap<>();

  private boolean closed;
  private long turns;
  private final Comparison comparison = new Comparison(System.nanoTime());
  private boolean unsettled;
  private long settleAt;
  private boolean rested = true;
  private long restAt;

  /// What there is to do: accounts that wait (those that made trouble among them), and whether the
  /// comparison of all accounts has come to its end; and for how long something has waited.
  public record Status(int waiting, int troubled, boolean compared, Duration lag) {}

  /// `settleAfter`: what was taken over is durable at the latest so long after. `patience`: changes
  /// wait at most so long for the processors to have time; zero: not at all.
  public Following(Accounts accounts, Follower follower, Duration settleAfter, Duration patience) {
    this(
        accounts,
        follower,
        settleAfter,
        AGAIN,
        patience.isZero() ? Lull.always() : Lull.ofProcessors(patience));
  }

  Following(Accounts accounts, Follower follower, Duration settleAfter, Duration again, Lull lull) {
    this.accounts = accounts;
    this.follower = follower;
    this.lull = lull;
    this.patienceNanos = lull.patience().toNanos();
    this.settleNanos = settleAfter.toNanos();
    this.againNanos = again.toNanos();
    this.thread =
        Thread.ofPlatform().daemon().name("follow-" + follower.name()).unstarted(this::run);
  }

  public void start() {
    accounts.watch(this);
    thread.start();
  }

  @Override
  public void changed(AccountId account) {
    synchronized (door) {
      behind.putIfAbsent(account, System.nanoTime());
      if (!troubled.has(account) && changed.add(account)) {
        door.notifyAll();
      }
    }
  }

  @Override
  public void deleted(AccountId account) {
    synchronized (door) {
      unforgotten.add(account);
      changed.add(account);
      behind.putIfAbsent(account, System.nanoTime());
      door.notifyAll();
    }
  }

  /// How far the follower has come with the account that has this id now.
  public Point reached(AccountId account) {
    return isUnforgotten(account) ? Point.START : follower.reached(account);
  }

  /// Compares all accounts once more.
  public void compareAgain() {
    synchronized (door) {
      comparison.again();
      door.notifyAll();
    }
  }

  /// Puts off the follower's [Follower#rest]: somebody uses what it has made.
  public void used() {
    synchronized (door) {
      rested = false;
      restAt = System.nanoTime() + REST_NANOS;
    }
  }

  /// Waits until the follower has reached the version that the account has now, before others; true
  /// when it has, false when `limit` was over first or nobody follows.
  public boolean await(Account account, Duration limit) throws InterruptedException {
    Standing wanted = account.standing();
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      long seen;
      synchronized (door) {
        seen = turns;
      }
      if (reached(account.id()).hasReached(wanted)) {
        return true;
      }
      synchronized (door) {
        if (urgent.add(account.id())) {
          door.notifyAll();
        }
        while (turns == seen) {
          long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
          if (leftMillis <= 0 || closed || !thread.isAlive()) {
            return false;
          }
          door.wait(leftMillis);
        }
      }
    }
  }

  public Status status() {
    synchronized (door) {
      Duration lag = Duration.ofNanos(lagNanos(System.nanoTime()));
      return new Status(behind.size(), troubled.count(), comparison.isOver(), lag);
    }
  }

  /// Accounts that wait, the longest first.
  public List<AccountId> waiting(int limit) {
    synchronized (door) {
      return behind.keySet().stream().limit(limit).toList();
    }
  }

  /// Lets the step end that is under way, and settles.
  @Override
  public void close() {
    synchronized (door) {
      closed = true;
      door.notifyAll();
    }
    follower.stop();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// What is done next.
  private sealed interface Step {}

  private record Follow(AccountId account) implements Step {}

  private record Compare() implements Step {}

  private record Settle() implements Step {}

  private record Rest() implements Step {}

  private void run() {
    Niceness.behind(Niceness.thread());
    for (Step step = next(); step != null; step = next()) {
      switch (step) {
        case Follow(var account) -> guarded(account, () -> follow(account));
        case Compare _ -> compare();
        case Settle _ -> settle();
        case Rest _ -> guarded("rest", follower::rest);
      }
    }
    if (unsettled) {
      settle();
    }
  }

  /// Null: the end.
  private @Nullable Step next() {
    synchronized (door) {
      while (!closed) {
        long now = System.nanoTime();
        changed.addAll(troubled.take(now));
        if (unsettled && now - settleAt >= 0) {
          return new Settle();
        }
        if (urgent.isEmpty() && !changed.isEmpty() && !mayTakeOver(now)) {
          continue;
        }
        AccountId next = urgent.isEmpty() ? poll(changed) : poll(urgent);
        if (next != null) {
          changed.remove(next);
          return new Follow(next);
        }
        if (comparison.isDue(now)) {
          return new Compare();
        }
        if (!rested && !unsettled && now - restAt >= 0) {
          rested = true;
          return new Rest();
        }
        sleep(now);
      }
      return null;
    }
  }

  /// Waits a moment, to see whether there is a lull. False: look again at what there is to do.
  private boolean mayTakeOver(long now) {
    if (patienceNanos == 0 || lagNanos(now) >= patienceNanos) {
      return true;
    }
    boolean _ = lull.isNow();
    long until = now + Lull.LOOK.toNanos();
    while (urgent.isEmpty() && !closed && System.nanoTime() - until < 0) {
      pause(Math.max(1, (until - System.nanoTime()) / 1_000_000));
    }
    return urgent.isEmpty() && !closed && lull.isNow();
  }

  /// For how long a change has waited; the door is held.
  private long lagNanos(long now) {
    return behind.isEmpty() ? 0 : now - behind.firstEntry().getValue();
  }

  private static @Nullable AccountId poll(Set<AccountId> waiting) {
    var each = waiting.iterator();
    if (!each.hasNext()) {
      return null;
    }
    AccountId first = each.next();
    each.remove();
    return first;
  }

  /// Until somebody says that there is something, or the next thing is due.
  private void sleep(long now) {
    long due = Long.MAX_VALUE;
    if (unsettled) {
      due = settleAt - now;
    } else if (!rested) {
      due = restAt - now;
    }
    due = Math.min(due, comparison.nanosLeft(now));
    due = Math.min(due, troubled.nanosLeft(now));
    pause(due == Long.MAX_VALUE ? 0 : Math.max(1, due / 1_000_000));
  }

  /// Until somebody says that there is something, or the time is over; 0: has no end.
  @SuppressWarnings("WaitNotInLoop") // The caller's loop looks again at everything.
  private void pause(long millis) {
    try {
      door.wait(millis);
    } catch (InterruptedException _) {
      log.atDebug().addKeyValue("follower", follower.name()).log("interrupted");
    }
  }

  /// An account with which it does not go well comes again later.
  private void guarded(AccountId account, Runnable action) {
    String work = nameOf(account);
    if (guarded(work, action)) {
      synchronized (door) {
        troubled.remove(account);
      }
    } else {
      comesAgain(account, work);
    }
  }

  private boolean guarded(String work, Runnable action) {
    boolean well = isDone(work, action);
    if (well) {
      troubles.isOver(work);
    }
    return well;
  }

  private static String nameOf(AccountId account) {
    return "account " + account;
  }

  private void comesAgain(AccountId account, String work) {
    long pause = troubles.pauseNanos(work, againNanos);
    synchronized (door) {
      troubled.add(account, System.nanoTime() + pause);
    }
  }

  /// Whether it went well. The same trouble is told once, however often it is met. Also of a
  /// message that is too much for the machine: the thread goes on for all others.
  private boolean isDone(String work, Runnable action) {
    try {
      action.run();
      return true;
    } catch (RuntimeException | Error e) {
      if (troubles.isNew(work, e)) {
        log.atWarn()
            .addKeyValue("follower", follower.name())
            .addKeyValue("work", work)
            .setCause(e)
            .log("not-followed");
      }
      return false;
    }
  }

  private void follow(AccountId id) {
    if (isUnforgotten(id)) {
      forget(id);
    }
    Optional<Account> found = accounts.find(id);
    if (found.isEmpty()) {
      forget(id);
      synchronized (door) {
        hasCaughtUp(id);
      }
      return;
    }
    try {
      follow(found.get());
    } catch (MailboxException.AccountGone _) {
      changed(id);
    }
  }

  private void follow(Account account) {
    Point reached = follower.reached(account.id());
    if (reached.hasReached(account.standing())) {
      synchronized (door) {
        hasCaughtUp(account.id());
      }
      return;
    }
    if (!reached.equals(Point.START) && !reached.isInHistory(account.standing())) {
      follower.restart(account);
    }
    follower.follow(account);
    worked();
    boolean more = !follower.reached(account.id()).hasReached(account.standing());
    synchronized (door) {
      if (more) {
        changed.add(account.id());
      } else {
        hasCaughtUp(account.id());
      }
      turns++;
      door.notifyAll();
    }
  }

  /// With what was there when it was looked at; the door is held.
  private void hasCaughtUp(AccountId id) {
    behind.remove(id);
    if (changed.contains(id)) {
      behind.putLast(id, System.nanoTime());
    }
  }

  private void forget(AccountId id) {
    if (!follower.reached(id).equals(Point.START)) {
      follower.forget(id);
      worked();
    }
    synchronized (door) {
      unforgotten.remove(id);
    }
  }

  private boolean isUnforgotten(AccountId id) {
    synchronized (door) {
      return unforgotten.contains(id);
    }
  }

  private void worked() {
    synchronized (door) {
      long now = System.nanoTime();
      if (!unsettled) {
        unsettled = true;
        settleAt = now + settleNanos;
      }
      rested = false;
      restAt = now + settleNanos + REST_NANOS;
    }
  }

  private void settle() {
    boolean settled = guarded("settle", follower::settle);
    synchronized (door) {
      unsettled = !settled;
      settleAt = System.nanoTime() + troubles.pauseNanos("settle", againNanos);
    }
  }

  /// One page.
  private void compare() {
    Comparison.Place place;
    synchronized (door) {
      place = comparison.next();
    }
    boolean done = guarded("compare", () -> compare(place));
    used();
    synchronized (door) {
      if (!done) {
        comparison.putOff(System.nanoTime() + againNanos);
      }
    }
  }

  private void compare(Comparison.Place place) {
    List<AccountId> page = place.page(accounts, follower);
    page.forEach(this::compareGuarded);
    synchronized (door) {
      comparison.compared(place, page);
    }
  }

  private void compare(AccountId id) {
    Optional<Standing> standing = accounts.standing(id);
    if (standing.isEmpty() || !follower.reached(id).hasReached(standing.get())) {
      changed(id);
    }
  }

  /// That an account can be compared says nothing of whether it can be followed.
  private void compareGuarded(AccountId id) {
    String work = nameOf(id);
    if (!isDone(work, () -> compare(id))) {
      comesAgain(id, work);
    }
  }
}
