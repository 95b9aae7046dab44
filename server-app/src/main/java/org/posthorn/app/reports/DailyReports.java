package org.posthorn.app.reports;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the reports about a day sent when it is over, some time after midnight UTC: when, is each
/// server's own, so that not all send at once. What could not be sent is tried again for a day. All
/// of it happens on one thread of its own.
public final class DailyReports implements AutoCloseable {
  /// How long a report is worth sending.
  public static final Duration TRIED_FOR = Duration.ofDays(1);

  private static final Logger log = LoggerFactory.getLogger(DailyReports.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(10);
  private static final Duration AT_FIRST = Duration.ofMinutes(30);
  private static final Duration SPREAD = Duration.ofHours(4);

  private final String name;
  private final String hostname;
  private final InstantSource clock;
  private final OfDay sender;
  private final CountDownLatch closed = new CountDownLatch(1);

  /// Sends what is still to be sent about a day, and stops where these are closed; says how many
  /// reports that were.
  public interface OfDay {
    int send(LocalDate day);
  }

  /// `name` is that of the thread.
  public DailyReports(String name, String hostname, InstantSource clock, OfDay sender) {
    this.name = name;
    this.hostname = hostname;
    this.clock = clock;
    this.sender = sender;
  }

  /// Tells the reports of several servers of one organization apart, in their ids: those are about
  /// different mail.
  public static String mark(String hostname) {
    return "%08x".formatted(hostname.hashCode());
  }

  public void start() {
    Thread.ofVirtual().name(name).start(this::run);
  }

  @Override
  public void close() {
    closed.countDown();
  }

  public boolean isClosed() {
    return closed.getCount() == 0;
  }

  /// The reports to one domain, whose trouble is no trouble of the others; that of the store is.
  public int toOne(String domain, IntSupplier send) {
    try {
      return send.getAsInt();
    } catch (StorageUnavailable e) {
      throw e;
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("domain", domain).log(name + "-failed");
      return 0;
    }
  }

  private void run() {
    try {
      while (!closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          sendWhatIsDue();
        } catch (RuntimeException e) {
          log.atError().setCause(e).log(name + "-failed");
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Looks at the last two days; returns how many reports were handed over.
  public int sendWhatIsDue() {
    Instant now = clock.instant();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    int sent = 0;
    for (LocalDate day : List.of(today.minusDays(2), today.minusDays(1))) {
      Instant from = dueAt(day);
      if (!now.isBefore(from) && now.isBefore(from.plus(TRIED_FOR))) {
        sent += sender.send(day);
      }
    }
    return sent;
  }

  public Instant dueAt(LocalDate day) {
    long spread = Math.floorMod((long) hostname.hashCode() * 31, SPREAD.toSeconds());
    return day.plusDays(1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant()
        .plus(AT_FIRST)
        .plusSeconds(spread);
  }
}
