package org.posthorn.app.tlsreport;

import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.TlsOutcomes;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts how well connections to other servers were encrypted, by UTC day, domain and kind of
/// policy, for 30 days. Safe for use by many threads.
///
/// In the server's memories: a day and kind of policy has a name, a domain a key. A kill may lose
/// what happened in the last seconds; nothing is counted twice. At most 10,000 domains of a day.
public final class TlsStatistics implements TlsOutcomes {
  static final int DOMAINS_MAX = 10_000;

  private static final Logger log = LoggerFactory.getLogger(TlsStatistics.class);
  private static final Duration KEEP = Duration.ofDays(31);

  private final Memories memories;
  private final InstantSource clock;
  private LocalDate countedDay = LocalDate.MIN;
  private int domains;

  /// What happened with one domain under one kind of policy.
  public record Result(String domain, Kind kind, DayResult day) {}

  TlsStatistics(Memories memories, InstantSource clock) {
    this.memories = memories;
    this.clock = clock;
  }

  @Override
  public void session(Domain domain, Policy policy, Optional<Failure> failure) {
    try {
      LocalDate today = today();
      String name = name(today, policy.kind());
      String key = domain.ascii();
      if (memories.find(name, key).isEmpty() && !mayBegin(today)) {
        return;
      }
      var _ =
          memories.update(
              name,
              key,
              KEEP,
              before ->
                  Optional.of(
                      before
                          .map(DayResult::of)
                          .orElse(DayResult.EMPTY)
                          .and(policy, failure)
                          .toText()));
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).addKeyValue("domain", domain).log("tls-outcome-not-counted");
    }
  }

  /// The results of a day, in the order of the domains.
  public List<Result> of(LocalDate day) {
    Map<String, List<Result>> byDomain = new TreeMap<>();
    for (Kind kind : Kind.values()) {
      memories.forEach(
          name(day, kind),
          (domain, text) ->
              byDomain
                  .computeIfAbsent(domain, _ -> new ArrayList<>())
                  .add(new Result(domain, kind, DayResult.of(text))));
    }
    return byDomain.values().stream().flatMap(List::stream).toList();
  }

  /// The results of a day with one domain.
  public List<Result> of(LocalDate day, String domain) {
    List<Result> results = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      memories
          .find(name(day, kind), domain)
          .ifPresent(text -> results.add(new Result(domain, kind, DayResult.of(text))));
    }
    return results;
  }

  public LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  /// Whether one more domain may be counted on that day.
  private synchronized boolean mayBegin(LocalDate day) {
    if (!day.equals(countedDay)) {
      countedDay = day;
      domains = of(day).size();
    }
    if (domains >= DOMAINS_MAX) {
      if (domains++ == DOMAINS_MAX) {
        log.atWarn().addKeyValue("day", day).log("tls-outcomes-of-too-many-domains");
      }
      return false;
    }
    domains++;
    return true;
  }

  private static String name(LocalDate day, Kind kind) {
    return "tls-outcomes " + day + " " + kind;
  }
}
