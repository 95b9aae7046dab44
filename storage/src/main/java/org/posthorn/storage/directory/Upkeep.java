package org.posthorn.storage.directory;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Accounts.Kept;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Goes through all users again and again and lets go of what their accounts have kept for long
/// enough: history, and messages of mailboxes that are emptied by time. One account after the
/// other, in a thread of its own, and resting four times as long as it works. Safe for use by many
/// threads.
public final class Upkeep {
  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
  private static final int PAGE = 1_000;
  private static final Duration FIRST_AFTER = Duration.ofMinutes(5);

  /// How many times as long as it works it rests.
  private static final int REST = 4;

  private final Directory directory;
  private final Accounts accounts;
  private final Duration every;
  private final Object door = new Object();
  private boolean closed;
  private @Nullable Thread thread;
  private long workingSinceNanos;

  public Upkeep(Directory directory, Accounts accounts, Duration every) {
    this.directory = directory;
    this.accounts = accounts;
    this.every = every;
  }

  public void start() {
    synchronized (door) {
      thread = Thread.ofVirtual().name("upkeep").start(this::run);
    }
  }

  /// One round through all users, without rest. What was done is in the answer.
  public Kept once() {
    return round(() -> true);
  }

  /// Returns when nothing is under way any more.
  public void close() throws InterruptedException {
    Thread running;
    synchronized (door) {
      closed = true;
      door.notifyAll();
      running = thread;
    }
    if (running != null) {
      running.join();
    }
  }

  private void run() {
    boolean going = rest(every.compareTo(FIRST_AFTER) < 0 ? every : FIRST_AFTER);
    while (going) {
      long begin = System.nanoTime();
      workingSinceNanos = begin;
      Kept kept = round(this::breathe);
      log.atInfo()
          .addKeyValue("changesForgotten", kept.changesForgotten())
          .addKeyValue("emailsForgotten", kept.emailsForgotten())
          .addKeyValue("messagesExpunged", kept.messagesExpunged())
          .addKeyValue("millis", (System.nanoTime() - begin) / 1_000_000)
          .log("upkeep");
      going = rest(every);
    }
  }

  /// Asked between two steps; false: stop.
  private interface GoOn {
    boolean goOn();
  }

  private Kept round(GoOn goOn) {
    Kept sum = Kept.NOTHING;
    for (DomainInfo domain : directory.domains().all()) {
      List<User> users = users(domain, "");
      while (!users.isEmpty()) {
        for (User user : users) {
          sum = sum.plus(upkeep(user, goOn));
          if (!goOn.goOn()) {
            return sum;
          }
        }
        users = users(domain, users.getLast().login().localPart());
      }
    }
    return sum;
  }

  /// None also when they cannot be read: that keeps no other domain from its turn.
  private List<User> users(DomainInfo domain, String after) {
    try {
      return directory.users().page(domain.domain(), after, PAGE);
    } catch (DirectoryException.NoSuchDomain _) {
      return List.of(); // Removed meanwhile.
    } catch (RuntimeException trouble) {
      log.atError()
          .addKeyValue("domain", domain.domain())
          .setCause(trouble)
          .log("upkeep failed; it is tried again in the next round");
      return List.of();
    }
  }

  /// Trouble with one account keeps no other from its turn.
  private Kept upkeep(User user, GoOn goOn) {
    try {
      return accounts.upkeep(user.account(), directory.keeping(user), goOn::goOn);
    } catch (RuntimeException trouble) {
      log.atError()
          .addKeyValue("account", user.account())
          .setCause(trouble)
          .log("upkeep failed; it is tried again in the next round");
      return Kept.NOTHING;
    }
  }

  private boolean breathe() {
    long workedNanos = System.nanoTime() - workingSinceNanos;
    boolean going = rest(Duration.ofNanos(workedNanos * REST));
    workingSinceNanos = System.nanoTime();
    return going;
  }

  /// False when it is closed.
  private boolean rest(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    synchronized (door) {
      while (!closed) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return true;
        }
        try {
          door.wait(millis);
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
    }
    return false;
  }
}
