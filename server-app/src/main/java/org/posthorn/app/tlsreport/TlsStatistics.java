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
/// In the server's memories: a day and kind of policy has a name; a domain is a key, with that of
/// the policy behind it if it is another one. A kill may lose what happened in the last seconds;
/// nothing is counted twice. At most 10,000 domains of a day.
public final class TlsStatistics implements TlsOutcomes {
  static final int DOMAINS_MAX = 10_000;

  private static final Logger log = LoggerFactory.getLogger(TlsStatistics.class);
  private static final Duration KEEP = Duration.ofDays(31);

  private final Memories memories;
  private final InstantSource clock;
  private LocalDate countedDay = LocalDate.MIN;
  private int domains;

  /// What happened with one domain under one kind of policy, which is `policyDomain`'s.
  public record Result(String domain, String policyDomain, Kind kind, DayResult day) {
    private static Result of(String key, Kind kind, String text) {
      String[] names = key.split(" ", 2);
      return new Result(names[0], names[names.length - 1], kind, DayResult.of(text));
    }
  }

  TlsStatistics(Memories memories, InstantSource clock) {
    this.memories = memories;
    this.clock = clock;
  }

  /// Counts for the recipient's domain, and for the one that has published the policy: either may
  /// ask for reports (RFC 8460 §3 speaks of the latter; who receives mail wants to know too).
  @Override
  public void session(Domain domain, Policy policy, Optional<Failure> failure) {
    Optional<Domain> other = policy.base().filter(base -> !base.equals(domain));
    count(domain, other.map(base -> domain + " " + base).orElse(domain.ascii()), policy, failure);
    other.ifPresent(base -> count(base, base.ascii(), policy, failure));
  }

  private void count(Domain domain, String key, Policy policy, Optional<Failure> failure) {
    try {
      LocalDate today = today();
      String name = name(today, policy.kind());
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
          (key, text) -> {
            Result result = Result.of(key, kind, text);
            byDomain.computeIfAbsent(result.domain(), _ -> new ArrayList<>()).add(result);
          });
    }
    return byDomain.values().stream().flatMap(List::stream).toList();
  }

  /// The results of a day with one domain.
  public List<Result> of(LocalDate day, String domain) {
    return of(day).stream().filter(result -> result.domain().equals(domain)).toList();
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
