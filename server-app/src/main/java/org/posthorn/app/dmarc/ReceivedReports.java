package org.posthorn.app.dmarc;

import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.posthorn.storage.remember.Memories;

/// What others have reported about our domains, by day and address, for 90 days. Safe for use by
/// many threads.
///
/// In the server's memories, a name for each domain. A report counts once, however often it comes.
/// Bounded: 2,000 addresses of a domain and day; what is more counts as from `other`.
public final class ReceivedReports {
  public static final int DAYS_MAX = 90;
  static final int SOURCES_MAX = 2_000;

  /// Where the addresses go that do not fit.
  static final String OTHER = "other";

  private static final Duration KEEP = Duration.ofDays(DAYS_MAX + 1L);
  private static final String KNOWN = "1";

  private final Memories memories;
  private final InstantSource clock;

  ReceivedReports(Memories memories, InstantSource clock) {
    this.memories = memories;
    this.clock = clock;
  }

  /// One address: what came from it in all, and day by day up to today.
  public record Source(
      String address, Totals totals, List<Long> passedByDay, List<Long> failedByDay) {
    public Source {
      passedByDay = List.copyOf(passedByDay);
      failedByDay = List.copyOf(failedByDay);
    }
  }

  public record Totals(
      long messages, long passed, long dkim, long spf, long quarantined, long rejected) {}

  /// Whether it counts: not if it came before, or is about no day that is kept.
  boolean add(ReceivedReport report) {
    long age = ChronoUnit.DAYS.between(report.day(), today());
    if (age < -1 || age >= DAYS_MAX || !isNew(report)) {
      return false;
    }
    String name = name(report.domain(), report.day());
    Map<String, Boolean> known = new HashMap<>();
    memories.forEach(name, (source, _) -> known.put(source, true));
    for (ReceivedReport.Row row : report.rows()) {
      boolean fits = known.containsKey(row.source()) || known.size() < SOURCES_MAX;
      String source = fits ? row.source() : OTHER;
      known.put(source, true);
      var _ = memories.update(name, source, KEEP, before -> Optional.of(sum(before, row)));
    }
    return true;
  }

  private static String sum(Optional<String> before, ReceivedReport.Row row) {
    return before.flatMap(SourceDay::parse).orElse(SourceDay.NOTHING).and(row).toText();
  }

  private boolean isNew(ReceivedReport report) {
    String key =
        DmarcStatistics.digest(report.organization() + "\n" + report.id() + "\n" + report.domain());
    var isNew = new AtomicBoolean();
    var _ =
        memories.update(
            "dmarc-received",
            key,
            KEEP,
            before -> {
              isNew.set(before.isEmpty());
              return Optional.of(KNOWN);
            });
    return isNew.get();
  }

  /// The addresses of the last `days`, the busiest first.
  public List<Source> sources(String domain, int days) {
    Map<String, List<SourceDay>> byAddress = new HashMap<>();
    int shown = Math.clamp(days, 1, DAYS_MAX);
    for (int day = 0; day < shown; day++) {
      int at = day;
      memories.forEach(
          name(domain, today().minusDays(shown - 1L - day)),
          (address, text) ->
              byAddress
                  .computeIfAbsent(address, _ -> nothing(shown))
                  .set(at, SourceDay.parse(text).orElse(SourceDay.NOTHING)));
    }
    List<Source> sources = new ArrayList<>();
    byAddress.forEach((address, byDay) -> sources.add(source(address, byDay)));
    sources.sort(
        Comparator.comparingLong((Source each) -> each.totals.messages)
            .reversed()
            .thenComparing(Source::address));
    return sources;
  }

  private static List<SourceDay> nothing(int days) {
    List<SourceDay> all = new ArrayList<>();
    for (int day = 0; day < days; day++) {
      all.add(SourceDay.NOTHING);
    }
    return all;
  }

  private static Source source(String address, List<SourceDay> byDay) {
    SourceDay all = byDay.stream().reduce(SourceDay.NOTHING, SourceDay::and);
    return new Source(
        address,
        new Totals(
            all.messages(), all.passed(), all.dkim(), all.spf(), all.quarantined(), all.rejected()),
        byDay.stream().map(SourceDay::passed).toList(),
        byDay.stream().map(day -> day.messages() - day.passed()).toList());
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private static String name(String domain, LocalDate day) {
    return "dmarc-received " + domain + " " + day;
  }
}
