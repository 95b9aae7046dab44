package org.posthorn.app.dmarc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcRecord;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends each domain that asks for it a report about the mail of the day before in its name, some
/// time after midnight UTC: when, is each server's own. Its work is done on one thread of its own.
///
/// A domain that wants its reports elsewhere gets them there only if that other domain says in the
/// DNS that it wants them (RFC 9990 §4): nobody can be flooded by a record of a stranger. That a
/// report was sent is noted in the memories; a kill in between may send it again, with the same id.
public final class DmarcReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DmarcReporter.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(10);
  private static final Duration AT_FIRST = Duration.ofMinutes(30);
  private static final Duration SPREAD = Duration.ofHours(4);
  private static final Duration TRIED_FOR = Duration.ofDays(1);
  private static final Duration KEEP = Duration.ofDays(4);
  private static final int TARGETS_MAX = 4;
  private static final int PRIORITY = -4;
  private static final String DONE = "1";

  private final Rooms rooms;
  private final DmarcReportsConfig config;
  private final String hostname;
  private final Dmarc dmarc;
  private final CountDownLatch closed = new CountDownLatch(1);

  /// What it needs.
  record Rooms(
      DmarcStatistics statistics,
      Memories memories,
      Dns dns,
      Spool spool,
      ContentStore contents,
      InstantSource clock) {}

  DmarcReporter(Rooms rooms, DmarcReportsConfig config, String hostname) {
    this.rooms = rooms;
    this.config = config;
    this.hostname = hostname;
    this.dmarc = new Dmarc(rooms.dns(), () -> 0);
  }

  public void start() {
    if (config.isOn()) {
      Thread.ofVirtual().name("dmarc-reports").start(this::run);
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
          log.atError().setCause(e).log("dmarc-reports-failed");
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
      if (now.isBefore(from) || !now.isBefore(from.plus(TRIED_FOR))) {
        continue;
      }
      for (String domain : rooms.statistics().domains(day)) {
        if (closed.getCount() > 0 && rooms.memories().find(name(day), domain).isEmpty()) {
          sent += send(day, domain);
        }
      }
    }
    return sent;
  }

  private Instant dueAt(LocalDate day) {
    long spread = Math.floorMod((long) hostname.hashCode() * 31, SPREAD.toSeconds());
    return day.plusDays(1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant()
        .plus(AT_FIRST)
        .plusSeconds(spread);
  }

  /// What cannot be looked up now is tried at the next look.
  private int send(LocalDate day, String domain) {
    Dns.Answer<String> texts = rooms.dns().texts("_dmarc." + domain);
    if (texts.isUnknown()) {
      return 0;
    }
    List<DmarcRecord> records =
        texts.found().stream().flatMap(text -> DmarcRecord.parse(text).stream()).toList();
    int sent = 0;
    if (records.size() == 1) {
      DmarcReport report = report(day, domain, records.getFirst());
      for (MailAddress target : targets(domain, records.getFirst())) {
        sent += mail(report, target) ? 1 : 0;
      }
    }
    var _ = rooms.memories().update(name(day), domain, KEEP, _ -> Optional.of(DONE));
    return sent;
  }

  private DmarcReport report(LocalDate day, String domain, DmarcRecord policy) {
    return new DmarcReport(
        domain,
        day,
        config.organization().orElse(hostname),
        MailAddress.of(config.contact().orElseThrow()),
        policy,
        rooms.statistics().rows(day, domain));
  }

  private List<MailAddress> targets(String domain, DmarcRecord policy) {
    List<MailAddress> targets = new ArrayList<>();
    for (String uri : policy.reportUris()) {
      address(uri)
          .filter(_ -> targets.size() < TARGETS_MAX)
          .filter(address -> isWanted(domain, address.domain().ascii()))
          .ifPresent(targets::add);
    }
    return targets;
  }

  private static Optional<MailAddress> address(String uri) {
    try {
      String address = uri.substring("mailto:".length()).split("\\?", 2)[0];
      return MailAddress.parse(
          URLDecoder.decode(address.replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Whether `target` takes reports about `domain`.
  private boolean isWanted(String domain, String target) {
    return dmarc.isOneOrganization(domain, target)
        || rooms.dns().texts(domain + "._report._dmarc." + target).found().stream()
            .anyMatch(text -> text.strip().matches("v=DMARC1\\s*(;.*)?"));
  }

  /// Nobody hears that it did not arrive, and it gives way to people's mail.
  private boolean mail(DmarcReport report, MailAddress to) {
    Instant now = rooms.clock().instant();
    byte[] message = DmarcReportMail.compose(report, to, hostname, now);
    var by = new Wishes.DeliverBy(now.plus(TRIED_FOR), /* returned= */ true, /* traced= */ false);
    var wishes = new Wishes(Wishes.Tls.OPTIONAL, PRIORITY, Optional.empty(), Optional.of(by));
    boolean international = !to.isAscii() || !report.contact().isAscii();
    var options =
        new NewMail.Options(international, false, Optional.empty(), Optional.empty(), wishes);
    var origin =
        new Origin(Optional.empty(), hostname, Optional.empty(), "local", "dmarc-report", now);
    try {
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
                      origin));
    } catch (IOException e) {
      log.atWarn().setCause(e).addKeyValue("domain", report.domain()).log("dmarc-report-not-made");
      return false;
    }
    log.atInfo()
        .addKeyValue("domain", report.domain())
        .addKeyValue("day", report.day())
        .addKeyValue("to", to)
        .log("dmarc-report-sent");
    return true;
  }

  private static String name(LocalDate day) {
    return "dmarc-reports " + day;
  }
}
