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
import org.posthorn.storage.StorageUnavailable;
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

  /// A full day of mail in the name of one domain, written by strangers or not, is less.
  private static final int PACKED_MAX_BYTES = 2 * 1024 * 1024;

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
      if (!daily.isClosed() && !isDone(day, domain)) {
        sent += daily.toOne(domain, () -> send(day, domain));
      }
    }
    return sent;
  }

  /// What cannot be looked up or written now is tried at the next look.
  private int send(LocalDate day, String domain) {
    Dns.Answer<String> texts = rooms.dns().texts("_dmarc." + domain);
    if (texts.isUnknown()) {
      return 0;
    }
    List<DmarcRecord> records =
        texts.found().stream().flatMap(text -> DmarcRecord.parse(text).stream()).toList();
    int sent = 0;
    if (records.size() == 1) {
      Targets targets = targets(day, domain, records.getFirst());
      if (!targets.sure.isEmpty()) {
        sent = mail(report(day, domain, records.getFirst()), targets.sure);
      }
      if (targets.areOthersUnknown) {
        return sent;
      }
    }
    noteDone(day, domain);
    return sent;
  }

  private DmarcReport report(LocalDate day, String domain, DmarcRecord policy) {
    return new DmarcReport(
        domain,
        day,
        hostname,
        config.organization().orElse(hostname),
        MailAddress.of(config.contact().orElseThrow()),
        policy,
        rooms.statistics().rows(day, domain));
  }

  /// Who is to get the report now, and whether there are others of whom the DNS does not say now
  /// whether they want it.
  private record Targets(List<MailAddress> sure, boolean areOthersUnknown) {}

  private Targets targets(LocalDate day, String domain, DmarcRecord policy) {
    List<MailAddress> sure = new ArrayList<>();
    int unknown = 0;
    for (String uri : policy.reportUris()) {
      Optional<MailAddress> address = address(uri);
      if (address.isEmpty() || sure.size() + unknown >= TARGETS_MAX) {
        continue;
      }
      switch (consent(domain, address.get().domain().ascii())) {
        case YES -> sure.add(address.get());
        case UNKNOWN -> unknown++;
        case NO -> {}
      }
    }
    sure.removeIf(target -> isDone(day, sentTo(domain, target)));
    return new Targets(sure, unknown > 0);
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

  private enum Consent {
    YES,
    NO,
    UNKNOWN
  }

  /// Whether `target` takes reports about `domain`.
  private Consent consent(String domain, String target) {
    Optional<Boolean> isOwn = dmarc.isOneOrganization(domain, target);
    if (isOwn.orElse(false)) {
      return Consent.YES;
    }
    Dns.Answer<String> texts = rooms.dns().texts(domain + "._report._dmarc." + target);
    if (texts.found().stream().anyMatch(text -> text.strip().matches("v=DMARC1\\s*(;.*)?"))) {
      return Consent.YES;
    }
    return texts.isUnknown() || isOwn.isEmpty() ? Consent.UNKNOWN : Consent.NO;
  }

  /// Returns how many got it.
  private int mail(DmarcReport report, List<MailAddress> targets) {
    byte[] packed = report.gzipped();
    if (packed.length > PACKED_MAX_BYTES) {
      log.atWarn()
          .addKeyValue("domain", report.domain())
          .addKeyValue("bytes", packed.length)
          .log("dmarc-report-too-large");
      noteDone(report.day(), report.domain()); // For whoever else wants it, too.
      return 0;
    }
    int sent = 0;
    for (MailAddress target : targets) {
      mail(report, packed, target);
      noteDone(report.day(), sentTo(report.domain(), target));
      sent++;
    }
    return sent;
  }

  /// Where it cannot be written, on a full disk, nor can those to others: `StorageUnavailable` ends
  /// this look, and the next one tries again.
  private void mail(DmarcReport report, byte[] packed, MailAddress to) {
    byte[] message = DmarcReportMail.compose(report, packed, to, rooms.clock().instant());
    try {
      rooms.post().send("dmarc-report", message, report.contact(), to);
    } catch (IOException e) {
      throw new StorageUnavailable("The report about " + report.domain() + " is not written", e);
    }
    log.atInfo()
        .addKeyValue("domain", report.domain())
        .addKeyValue("day", report.day())
        .addKeyValue("to", to)
        .log("dmarc-report-sent");
  }

  private boolean isDone(LocalDate day, String what) {
    return rooms.memories().find(name(day), what).isPresent();
  }

  private void noteDone(LocalDate day, String what) {
    var _ = rooms.memories().update(name(day), what, KEEP, _ -> Optional.of(DONE));
  }

  /// The key of a note; an address and a domain may be longer than one can be.
  private static String sentTo(String domain, MailAddress target) {
    return "to " + DmarcStatistics.digest(domain + " " + target);
  }

  private static String name(LocalDate day) {
    return "dmarc-reports " + day;
  }
}
