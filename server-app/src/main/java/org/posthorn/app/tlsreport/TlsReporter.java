package org.posthorn.app.tlsreport;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.posthorn.app.reports.DailyReports;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Sends each domain that asks for it a report about the day before.
///
/// To whom a report went is noted in the memories. A kill in between may send one again; it has the
/// same id.
public final class TlsReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsReporter.class);
  private static final Duration KEEP = Duration.ofDays(31);
  private static final String NOBODY = "nobody";

  /// How long one round waits for the web servers of a domain, all together: whoever has a domain
  /// may be as slow as he likes.
  private static final Duration WEB_OF_DOMAIN = Duration.ofSeconds(60);

  private static final int WEB_AT_ONCE = 10;

  /// Went out by mail without a signature, which makes it nothing to its reader (RFC 8460 §3),
  /// unless a smarthost signs.
  private static final String UNSIGNED = "unsigned";

  private final Rooms rooms;
  private final TlsReportsConfig config;
  private final String hostname;
  private final DailyReports daily;

  /// How something is handed over by HTTPS, within some time. Called by many threads.
  interface Post {
    void post(URI target, String type, byte[] body, Duration limit) throws IOException;
  }

  /// What it needs; `signs` knows whether mail from a domain of ours is signed here.
  record Rooms(
      TlsStatistics statistics,
      Memories memories,
      Dns dns,
      ReportPost post,
      Post https,
      Predicate<Domain> signs,
      InstantSource clock) {}

  TlsReporter(Rooms rooms, TlsReportsConfig config, String hostname) {
    this.rooms = rooms;
    this.config = config;
    this.hostname = hostname;
    this.daily = new DailyReports("tls-reports", hostname, rooms.clock(), this::sendAllOf);
  }

  public void start() {
    if (config.contact().isPresent() && config.send()) {
      daily.start();
    }
  }

  @Override
  public void close() {
    daily.close();
  }

  int sendWhatIsDue() {
    return daily.sendWhatIsDue();
  }

  Instant dueAt(LocalDate day) {
    return daily.dueAt(day);
  }

  private int sendAllOf(LocalDate day) {
    Map<String, List<TlsStatistics.Result>> byDomain = new LinkedHashMap<>();
    for (TlsStatistics.Result result : rooms.statistics().of(day)) {
      byDomain.computeIfAbsent(result.domain(), _ -> new ArrayList<>()).add(result);
    }
    int sent = 0;
    List<Callable<Integer>> posts = new ArrayList<>();
    for (Map.Entry<String, List<TlsStatistics.Result>> each : byDomain.entrySet()) {
      if (daily.isClosed()) {
        return sent;
      }
      String domain = each.getKey();
      TlsReport report = report(day, domain, each.getValue());
      sent += daily.toOne(domain, () -> mailAndQueue(report, posts));
    }
    return sent + sum(posts);
  }

  /// What goes by HTTPS comes behind `posts`.
  private int mailAndQueue(TlsReport report, List<Callable<Integer>> posts) {
    List<ReportTarget> targets = open(report);
    posts.add(() ->
        daily.toOne(report.domain(), () -> hand(report, targets, ReportTarget.ByHttps.class)));
    return hand(report, targets, ReportTarget.ByMail.class);
  }

  /// Those who are slow hold up neither mails nor, but for very many of them, one another.
  private static int sum(List<Callable<Integer>> posts) {
    var threads = Thread.ofVirtual().name("tls-reports-https").factory();
    try (var several = Executors.newFixedThreadPool(WEB_AT_ONCE, threads)) {
      int sent = 0;
      for (Future<Integer> post : several.invokeAll(posts)) {
        sent += post.get();
      }
      return sent;
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private TlsReport report(LocalDate day, String domain, List<TlsStatistics.Result> results) {
    return new TlsReport(
        domain,
        day,
        hostname,
        config.organization().orElse(hostname),
        MailAddress.of(config.contact().orElseThrow()),
        results);
  }

  /// Where it is still to go. However often a domain changes its mind, it gets no more reports than
  /// one that does not.
  private List<ReportTarget> open(TlsReport report) {
    Set<String> done = done(report.day(), report.domain());
    if (done.contains(NOBODY)) {
      return List.of();
    }
    Dns.Answer<String> texts = rooms.dns().texts("_smtp._tls." + report.domain());
    if (texts.isUnknown()) {
      return List.of();
    }
    List<ReportTarget> targets = ReportTarget.in(texts.found());
    if (targets.isEmpty()) {
      note(report, NOBODY);
    }
    long left = ReportTarget.TARGETS_MAX - done.stream().filter(uri -> !isMark(uri)).count();
    return targets.stream()
        .filter(target -> !done.contains(target.uri()))
        .limit(Math.max(0, left))
        .toList();
  }

  private static boolean isMark(String noted) {
    return noted.equals(NOBODY) || noted.equals(UNSIGNED);
  }

  /// Hands it over where that is done in this way; says how many took it.
  private int hand(TlsReport report, List<ReportTarget> all, Class<? extends ReportTarget> way) {
    List<ReportTarget> targets = all.stream().filter(way::isInstance).toList();
    int sent = 0;
    for (ReportTarget target : targets) {
      if (!daily.isClosed() && handOver(report, target, WEB_OF_DOMAIN.dividedBy(targets.size()))) {
        note(report, target.uri());
        sent++;
      }
    }
    return sent;
  }

  private boolean handOver(TlsReport report, ReportTarget target, Duration limit) {
    boolean isUnsigned =
        target instanceof ReportTarget.ByMail && !rooms.signs().test(report.contact().domain());
    try {
      switch (target) {
        case ReportTarget.ByMail(_, MailAddress to) -> {
          mail(report, to);
          if (isUnsigned) {
            note(report, UNSIGNED);
          }
        }
        case ReportTarget.ByHttps(_, var uri) ->
            rooms.https().post(uri, "application/tlsrpt+gzip", report.gzipped(), limit);
      }
      log.atLevel(isUnsigned ? Level.WARN : Level.INFO)
          .addKeyValue("domain", report.domain())
          .addKeyValue("day", report.day())
          .addKeyValue("to", target.uri())
          .addKeyValue("signed", !isUnsigned)
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

  private void mail(TlsReport report, MailAddress to) throws IOException {
    byte[] message = ReportMail.compose(report, to, hostname, rooms.clock().instant());
    rooms.post().send("tls-report", message, report.contact(), to);
  }

  /// What became of the report about a day: `sent`, `sent unsigned`, `not wanted`, or nothing yet.
  public Optional<String> fate(LocalDate day, String domain) {
    Set<String> done = done(day, domain);
    if (done.isEmpty()) {
      return Optional.empty();
    }
    String sent = done.contains(UNSIGNED) ? "sent unsigned" : "sent";
    return Optional.of(done.contains(NOBODY) ? "not wanted" : sent);
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
