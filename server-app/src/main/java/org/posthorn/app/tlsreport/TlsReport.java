package org.posthorn.app.tlsreport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.posthorn.app.reports.DailyReports;
import org.posthorn.message.MailAddress;
import tools.jackson.databind.json.JsonMapper;

/// A report to one domain about one day (RFC 8460 §4). Its id is the same each time it is made, so
/// that a reader knows one that came twice, and another on each server (`hostname`).
record TlsReport(
    String domain,
    LocalDate day,
    String hostname,
    String organization,
    MailAddress contact,
    List<TlsStatistics.Result> results) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  TlsReport {
    results = List.copyOf(results);
  }

  String id() {
    return day + "." + domain + "." + DailyReports.mark(hostname) + "@" + contact.domain();
  }

  private Instant begin() {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  /// The last second of the day.
  private Instant end() {
    return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().minusSeconds(1);
  }

  /// RFC 8460 §5.1, with its `unique-id`.
  String fileName() {
    return "%s!%s!%d!%d!%s.json.gz"
        .formatted(
            contact.domain(),
            domain,
            begin().getEpochSecond(),
            end().getEpochSecond(),
            DailyReports.mark(hostname));
  }

  Map<String, Object> toMap() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("organization-name", organization);
    report.put(
        "date-range",
        Map.of("start-datetime", begin().toString(), "end-datetime", end().toString()));
    report.put("contact-info", contact.toString());
    report.put("report-id", id());
    report.put("policies", results.stream().map(TlsReport::policy).toList());
    return report;
  }

  byte[] gzipped() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(JSON.writeValueAsBytes(toMap()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Map<String, Object> policy(TlsStatistics.Result result) {
    DayResult day = result.day();
    Map<String, Object> policy = new LinkedHashMap<>();
    policy.put("policy-type", result.kind().toString());
    if (!day.policyLines().isEmpty()) {
      policy.put("policy-string", day.policyLines());
    }
    policy.put("policy-domain", result.policyDomain());
    if (!day.servers().isEmpty()) {
      policy.put("mx-host", day.servers());
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("policy", policy);
    all.put(
        "summary",
        Map.of(
            "total-successful-session-count",
            day.successes(),
            "total-failure-session-count",
            day.failures()));
    if (!day.kinds().isEmpty()) {
      List<Map<String, Object>> details = new ArrayList<>();
      day.kinds().forEach(kind -> details.add(detail(kind)));
      all.put("failure-details", details);
    }
    return all;
  }

  private static Map<String, Object> detail(DayResult.Kind kind) {
    Map<String, Object> detail = new LinkedHashMap<>();
    detail.put("result-type", kind.result());
    put(detail, "sending-mta-ip", kind.own());
    put(detail, "receiving-mx-hostname", kind.server());
    put(detail, "receiving-ip", kind.address());
    detail.put("failed-session-count", kind.count());
    put(detail, "failure-reason-code", kind.reason());
    return detail;
  }

  private static void put(Map<String, Object> into, String name, String value) {
    if (!value.isEmpty()) {
      into.put(name, value);
    }
  }
}
