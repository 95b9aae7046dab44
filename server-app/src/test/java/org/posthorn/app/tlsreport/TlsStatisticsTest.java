package org.posthorn.app.tlsreport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.TlsOutcomes.Failure;
import org.posthorn.smtp.outbound.TlsOutcomes.Kind;
import org.posthorn.smtp.outbound.TlsOutcomes.Policy;
import org.posthorn.smtp.outbound.TlsOutcomes.Result;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.Memories;

class TlsStatisticsTest {
  private static final Domain DOMAIN = Domain.of("example.com");
  private static final LocalDate DAY = LocalDate.parse("2026-11-27");
  private static final Policy STS =
      new Policy(Kind.STS, List.of("version: STSv1", "mode: enforce"), List.of("*.example.com"));

  private final Engine engine = new InMemoryEngine();
  private Instant now = Instant.parse("2026-11-27T23:59:00Z");
  private final Memories memories = new Memories(engine, () -> now);
  private final TlsStatistics statistics = new TlsStatistics(memories, () -> now);

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void countsByDayDomainAndPolicy() {
    statistics.session(DOMAIN, STS, Optional.empty());
    statistics.session(DOMAIN, STS, failure(Result.CERTIFICATE_EXPIRED, "mx1.example.com"));
    statistics.session(DOMAIN, STS, failure(Result.CERTIFICATE_EXPIRED, "mx1.example.com"));
    statistics.session(DOMAIN, STS, failure(Result.CERTIFICATE_EXPIRED, "mx2.example.com"));
    statistics.session(DOMAIN, Policy.NONE, Optional.empty());
    now = now.plus(Duration.ofMinutes(2));
    statistics.session(DOMAIN, STS, Optional.empty());

    List<TlsStatistics.Result> results = statistics.of(DAY);
    assertThat(results).hasSize(2);
    DayResult sts = results.getFirst().day();
    assertThat(sts.successes()).isEqualTo(1);
    assertThat(sts.failures()).isEqualTo(3);
    assertThat(sts.policyLines()).isEqualTo(STS.lines());
    assertThat(sts.servers()).isEqualTo(STS.servers());
    assertThat(sts.kinds()).extracting(DayResult.Kind::count).containsExactly(2L, 1L);
    assertThat(sts.kinds().getFirst())
        .isEqualTo(
            new DayResult.Kind(
                "certificate-expired", "192.0.2.1", "mx1.example.com", "192.0.2.25", "why", 2));
    assertThat(statistics.of(DAY.plusDays(1), "example.com"))
        .extracting(result -> result.day().successes())
        .containsExactly(1L);
    assertThat(statistics.of(DAY, "other.example")).isEmpty();
  }

  /// TLSA records are the server's: its domain may ask for reports, and the recipient's too.
  @Test
  void whatAServerHasPublishedCountsForItAndForTheRecipient() {
    var tlsa =
        new Policy(
            Kind.TLSA, Optional.of(Domain.of("mx.example.net")), List.of("3 1 1 00"), List.of());
    var own = new Policy(Kind.TLSA, Optional.of(DOMAIN), List.of("3 1 1 00"), List.of());
    statistics.session(DOMAIN, tlsa, Optional.empty());
    statistics.session(DOMAIN, own, failure(Result.TLSA_INVALID, "example.com"));
    statistics.session(Domain.of("other.example"), tlsa, Optional.empty());

    assertThat(statistics.of(DAY))
        .extracting(result ->
            "%s %s %d %d"
                .formatted(
                    result.domain(),
                    result.policyDomain(),
                    result.day().successes(),
                    result.day().failures()))
        .containsExactly(
            "example.com example.com 0 1",
            "example.com mx.example.net 1 0",
            "mx.example.net mx.example.net 2 0",
            "other.example mx.example.net 1 0");
    assertThat(statistics.of(DAY, "example.com")).hasSize(2);
  }

  /// As after a kill: what was written is there, and what was not is not.
  @Test
  void aKillLosesTheLastSecondsAndDoublesNothing() {
    for (int i = 0; i < 10; i++) {
      statistics.session(DOMAIN, STS, Optional.empty());
    }
    memories.write();
    for (int i = 0; i < 5; i++) {
      statistics.session(DOMAIN, STS, Optional.empty());
    }

    var next = new TlsStatistics(new Memories(engine, () -> now), () -> now);
    assertThat(next.of(DAY, "example.com").getFirst().day().successes()).isEqualTo(10);
    next.session(DOMAIN, STS, Optional.empty());
    assertThat(next.of(DAY, "example.com").getFirst().day().successes()).isEqualTo(11);
  }

  @Test
  void manyAtOnceAreAllCounted() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 20; thread++) {
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 50; i++) {
                statistics.session(
                    DOMAIN,
                    STS,
                    i % 2 == 0 ? Optional.empty() : failure(Result.DNSSEC_INVALID, ""));
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    DayResult day = statistics.of(DAY, "example.com").getFirst().day();
    assertThat(day.successes()).isEqualTo(500);
    assertThat(day.failures()).isEqualTo(500);
  }

  @Test
  void whateverHappensItFits() {
    var random = new Random(8_460);
    DayResult day = DayResult.EMPTY;
    long failures = 0;
    List<Result> results = List.of(Result.values());
    for (int i = 0; i < 2_000; i++) {
      String text = "é\n\t\0x".repeat(random.nextInt(200)) + random.nextInt(100);
      var policy =
          new Policy(Kind.STS, List.of(text.repeat(random.nextInt(4)), "a: b"), List.of(text));
      Optional<Failure> failure =
          Optional.of(
              new Failure(
                  results.get(random.nextInt(results.size())),
                  Optional.empty(),
                  Optional.of(text),
                  Optional.empty(),
                  text));
      day = day.and(policy, failure);
      failures++;
      assertThat(day.toText().getBytes(UTF_8).length).isLessThan(4_096);
      assertThat(DayResult.of(day.toText())).isEqualTo(day);
    }
    assertThat(day.failures()).isEqualTo(failures);
  }

  @Test
  void aNewerFormIsLeftAlone() {
    assertThat(DayResult.of("2\twhatever")).isEqualTo(DayResult.EMPTY);
  }

  @Test
  void noDayTakesMoreThanItsShare() {
    for (int i = 0; i < TlsStatistics.DOMAINS_MAX + 50; i++) {
      statistics.session(Domain.of("d" + i + ".example"), Policy.NONE, Optional.empty());
    }
    assertThat(statistics.of(DAY)).hasSize(TlsStatistics.DOMAINS_MAX);
    statistics.session(Domain.of("d1.example"), Policy.NONE, Optional.empty());
    assertThat(statistics.of(DAY, "d1.example").getFirst().day().successes()).isEqualTo(2);
  }

  private static Optional<Failure> failure(Result result, String server) {
    return Optional.of(
        new Failure(
            result,
            Optional.of(InetAddress.ofLiteral("192.0.2.1")),
            Optional.of(server),
            Optional.of(InetAddress.ofLiteral("192.0.2.25")),
            "why"));
  }
}
