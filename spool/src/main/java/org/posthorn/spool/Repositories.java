package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The repositories: where mail stays until somebody looks at it. They are recipients of the queue
/// in a state of their own, so that what goes for mail in the queue goes for them: durable,
/// encrypted where mail is, its contents needed. Throws away what has been there for long enough.
/// Safe for use by many threads.
public final class Repositories {
  private static final Logger log = LoggerFactory.getLogger(Repositories.class);
  private static final Duration SWEEP_EVERY = Duration.ofHours(1);
  private static final int PAGE = 500;

  private final QueueStore queue;
  private final QueueAdministration orders;
  private final Map<String, RepositoryConfig> config;
  private final Object door = new Object();
  private boolean closed;
  private @Nullable Thread sweeper;

  /// What is in one. `keep` 0: for good.
  public record Shown(
      String name,
      long mails,
      long recipients,
      Optional<Instant> oldest,
      Optional<Instant> newest,
      Duration keep) {}

  public Repositories(
      QueueStore queue, QueueAdministration orders, Map<String, RepositoryConfig> config) {
    this.queue = queue;
    this.orders = orders;
    this.config = Map.copyOf(config);
  }

  /// All that have mail or are named in the configuration, and the dead letters, by name. Looks
  /// through the whole queue. The times are those at which mail was put there.
  public List<Shown> all() {
    Map<String, Tally> found = new TreeMap<>();
    found.put(RecipientState.DEAD_LETTERS, new Tally());
    config.keySet().forEach(name -> found.put(name, new Tally()));
    queue.forEachRecipient((mail, row) -> {
      if (row.state() instanceof RecipientState.Parked parked) {
        found.computeIfAbsent(parked.repository(), _ -> new Tally()).add(mail, row);
      }
    });
    List<Shown> shown = new ArrayList<>();
    found.forEach((name, tally) -> shown.add(tally.shown(name, keep(name))));
    return shown;
  }

  private Duration keep(String name) {
    return Optional.ofNullable(config.get(name)).map(RepositoryConfig::keep).orElse(Duration.ZERO);
  }

  /// The rows come mail by mail.
  private static final class Tally {
    private long mails;
    private long recipients;
    private @Nullable MailId last;
    private @Nullable Instant oldest;
    private @Nullable Instant newest;

    void add(MailId mail, QueuedRecipient row) {
      mails += mail.equals(last) ? 0 : 1;
      last = mail;
      recipients++;
      Instant at = row.due();
      oldest = oldest == null || at.isBefore(oldest) ? at : oldest;
      newest = newest == null || at.isAfter(newest) ? at : newest;
    }

    Shown shown(String name, Duration keep) {
      return new Shown(
          name, mails, recipients, Optional.ofNullable(oldest), Optional.ofNullable(newest), keep);
    }
  }

  /// Throws away what has been there for long enough. Returns how many recipients that were.
  public int expire() {
    int gone = 0;
    for (Map.Entry<String, RepositoryConfig> each : config.entrySet()) {
      if (!each.getValue().keep().isZero()) {
        gone += expire(each.getKey(), each.getValue().keep());
      }
    }
    return gone;
  }

  private int expire(String name, Duration keep) {
    QueueFilter old = QueueFilter.of(name, Optional.of(keep));
    int gone = 0;
    Optional<MailId> after = Optional.empty();
    do {
      QueueAdministration.EntryPage page = orders.list(old, after, PAGE);
      for (QueueAdministration.Entry mail : page.entries()) {
        gone += orders.carryOut(new QueueOrder.Expire(), mail.id(), old).recipients();
      }
      after = page.next();
    } while (after.isPresent() && !isClosed());
    if (gone > 0) {
      log.atInfo()
          .addKeyValue("repository", name)
          .addKeyValue("recipients", gone)
          .log("repository-expired");
    }
    return gone;
  }

  /// From now on what is old goes, once an hour.
  public void start() {
    synchronized (door) {
      sweeper = Thread.ofVirtual().name("repositories").start(this::run);
    }
  }

  public void close() throws InterruptedException {
    Thread running;
    synchronized (door) {
      closed = true;
      door.notifyAll();
      running = sweeper;
    }
    if (running != null) {
      running.join();
    }
  }

  private boolean isClosed() {
    synchronized (door) {
      return closed;
    }
  }

  private void run() {
    while (pause()) {
      try {
        log.atDebug().addKeyValue("recipients", expire()).log("repositories-looked-through");
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("repositories-not-expired");
      }
    }
  }

  /// False when it is over.
  private boolean pause() {
    long deadline = System.nanoTime() + SWEEP_EVERY.toNanos();
    synchronized (door) {
      try {
        long leftMillis = SWEEP_EVERY.toMillis();
        while (!closed && leftMillis > 0) {
          door.wait(leftMillis);
          leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        }
      } catch (InterruptedException _) {
        return false;
      }
      return !closed;
    }
  }
}
