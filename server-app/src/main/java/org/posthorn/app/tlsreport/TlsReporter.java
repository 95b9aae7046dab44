package org.posthorn.app.tlsreport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends each domain that asks for it a report about the day before, some time after midnight UTC:
/// when, is each server's own, so that not all send at once. What cannot be handed over is tried
/// again for a day. Its work is done on one thread of its own.
///
/// To whom a report went is noted in the memories. A kill in between may send one again; it has the
/// same id.
public final class TlsReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsReporter.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(10);
  private static final Duration AT_FIRST = Duration.ofMinutes(30);
  private static final Duration SPREAD = Duration.ofHours(4);
  private static final Duration TRIED_FOR = Duration.ofDays(1);
  private static final Duration KEEP = Duration.ofDays(31);
  private static final String NOBODY = "nobody";
  private static final int PRIORITY = -4;

  private final Rooms rooms;
  private final TlsReportsConfig config;
  private final String hostname;
  private final CountDownLatch closed = new CountDownLatch(1);

  /// How something is handed over by HTTPS.
  interface Post {
    void post(URI target, String type, byte[] body) throws IOException;
  }

  /// What it needs.
  record Rooms(
      TlsStatistics statistics,
      Memories memories,
      Dns dns,
      Spool spool,
      ContentStore contents,
      Post https,
      InstantSource clock) {}

  TlsReporter(Rooms rooms, TlsReportsConfig config, String hostname) {
    this.rooms = rooms;
    this.config = config;
    this.hostname = hostname;
  }

  public void start() {
    if (config.contact().isPresent() && config.send()) {
      Thread.ofVirtual().name("tls-reports").start(this::run);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void run() {
    try {
      while (!closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          sendWhatIsDue();
        } catch (RuntimeException e) {
          log.atError().setCause(e).log("tls-reports-failed");
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Looks at the last two days; returns how many reports were handed over.
  int sendWhatIsDue() {
    Instant now = rooms.clock().instant();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    int sent = 0;
    for (LocalDate day : List.of(today.minusDays(2), today.minusDays(1))) {
      Instant from = dueAt(day);
      if (!now.isBefore(from) && now.isBefore(from.plus(TRIED_FOR))) {
        sent += sendAllOf(day);
      }
    }
    return sent;
  }

  Instant dueAt(LocalDate day) {
    long spread = Math.floorMod((long) hostname.hashCode() * 31, SPREAD.toSeconds());
    return day.plusDays(1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant()
        .plus(AT_FIRST)
        .plusSeconds(spread);
  }

  private int sendAllOf(LocalDate day) {
    Map<String, List<TlsStatistics.Result>> byDomain = new LinkedHashMap<>();
    for (TlsStatistics.Result result : rooms.statistics().of(day)) {
      byDomain.computeIfAbsent(result.domain(), _ -> new ArrayList<>()).add(result);
    }
    int sent = 0;
    for (Map.Entry<String, List<TlsStatistics.Result>> each : byDomain.entrySet()) {
      if (closed.getCount() == 0) {
        break;
      }
      sent += send(report(day, each.getKey(), each.getValue()));
    }
    return sent;
  }

  private TlsReport report(LocalDate day, String domain, List<TlsStatistics.Result> results) {
    return new TlsReport(
        domain,
        day,
        config.organization().orElse(hostname),
        MailAddress.of(config.contact().orElseThrow()),
        results);
  }

  private int send(TlsReport report) {
    Set<String> done = done(report.day(), report.domain());
    if (done.contains(NOBODY)) {
      return 0;
    }
    Dns.Answer<String> texts = rooms.dns().texts("_smtp._tls." + report.domain());
    if (texts.isUnknown()) {
      return 0;
    }
    List<ReportTarget> targets = ReportTarget.in(texts.found());
    if (targets.isEmpty()) {
      note(report, NOBODY);
      return 0;
    }
    int sent = 0;
    for (ReportTarget target : targets) {
      if (!done.contains(target.uri()) && handOver(report, target)) {
        note(report, target.uri());
        sent++;
      }
    }
    return sent;
  }

  private boolean handOver(TlsReport report, ReportTarget target) {
    try {
      switch (target) {
        case ReportTarget.ByMail(_, MailAddress to) -> mail(report, to);
        case ReportTarget.ByHttps(_, var uri) ->
            rooms.https().post(uri, "application/tlsrpt+gzip", report.gzipped());
      }
      log.atInfo()
          .addKeyValue("domain", report.domain())
          .addKeyValue("day", report.day())
          .addKeyValue("to", target.uri())
          .log("tls-report-sent");
      return true;
    } catch (IOException e) {
      log.atInfo()
          .addKeyValue("domain", report.domain())
          .addKeyValue("to", target.uri())
          .addKeyValue("reason", e.getMessage())
          .log("tls-report-not-taken");
      return false;
    }
  }

  /// Nobody hears that it did not arrive, and it gives way to people's mail.
  private void mail(TlsReport report, MailAddress to) throws IOException {
    Instant now = rooms.clock().instant();
    byte[] message = ReportMail.compose(report, to, hostname, now);
    var by = new Wishes.DeliverBy(now.plus(TRIED_FOR), /* returned= */ true, /* traced= */ false);
    var wishes = new Wishes(Wishes.Tls.OPTIONAL, PRIORITY, Optional.empty(), Optional.of(by));
    boolean international = !to.isAscii() || !report.contact().isAscii();
    var options =
        new NewMail.Options(international, false, Optional.empty(), Optional.empty(), wishes);
    var _ =
        rooms
            .spool()
            .accept(
                rooms.spool().newId(),
                new NewMail(
                    Optional.of(report.contact()),
                    List.of(new Recipient(to, Optional.empty(), Set.of(Recipient.Notify.NEVER))),
                    rooms.contents().write(new ByteArrayInputStream(message)),
                    "",
                    List.of(),
                    options,
                    new Origin(
                        Optional.empty(), hostname, Optional.empty(), "local", "tls-report", now)));
  }

  /// What became of the report about a day: `sent`, `not wanted`, or nothing yet.
  public Optional<String> fate(LocalDate day, String domain) {
    Set<String> done = done(day, domain);
    return done.isEmpty()
        ? Optional.empty()
        : Optional.of(done.contains(NOBODY) ? "not wanted" : "sent");
  }

  /// Who has the report of a day: URIs, or that nobody wants it.
  Set<String> done(LocalDate day, String domain) {
    return rooms
        .memories()
        .find(name(day), domain)
        .map(text -> new LinkedHashSet<>(List.of(text.split("\n", -1))))
        .orElseGet(LinkedHashSet::new);
  }

  private void note(TlsReport report, String uri) {
    Set<String> all = done(report.day(), report.domain());
    all.add(uri);
    String text = String.join("\n", all);
    var _ =
        rooms.memories().update(name(report.day()), report.domain(), KEEP, _ -> Optional.of(text));
  }

  private static String name(LocalDate day) {
    return "tls-reports " + day;
  }
}
