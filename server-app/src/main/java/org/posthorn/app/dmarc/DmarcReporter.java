package org.posthorn.app.dmarc;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.reports.DailyReports;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcRecord;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends each domain that asks for it a report about the mail of the day before in its name.
///
/// A domain that wants its reports elsewhere gets them there only if that other domain says in the
/// DNS that it wants them (RFC 9990 §4): nobody can be flooded by a record of a stranger. That a
/// report was sent is noted in the memories; a kill in between may send it again, with the same id.
public final class DmarcReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DmarcReporter.class);
  private static final Duration KEEP = Duration.ofDays(4);
  private static final int TARGETS_MAX = 4;
  private static final String DONE = "1";

  private final Rooms rooms;
  private final DmarcReportsConfig config;
  private final String hostname;
  private final Dmarc dmarc;
  private final DailyReports daily;

  /// What it needs.
  record Rooms(
      DmarcStatistics statistics,
      Memories memories,
      Dns dns,
      ReportPost post,
      InstantSource clock) {}

  DmarcReporter(Rooms rooms, DmarcReportsConfig config, String hostname) {
    this.rooms = rooms;
    this.config = config;
    this.hostname = hostname;
    this.dmarc = new Dmarc(rooms.dns(), () -> 0);
    this.daily = new DailyReports("dmarc-reports", hostname, rooms.clock(), this::sendAllOf);
  }

  public void start() {
    if (config.isOn()) {
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

  private int sendAllOf(LocalDate day) {
    int sent = 0;
    for (String domain : rooms.statistics().domains(day)) {
      if (!daily.isClosed() && rooms.memories().find(name(day), domain).isEmpty()) {
        sent += send(day, domain);
      }
    }
    return sent;
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

  private boolean mail(DmarcReport report, MailAddress to) {
    byte[] message = DmarcReportMail.compose(report, to, hostname, rooms.clock().instant());
    try {
      rooms.post().send("dmarc-report", message, report.contact(), to);
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
