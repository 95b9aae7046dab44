package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailId;

/// Ids, schedules, configuration.
final class SmallPartsTest {
  @Test
  void idsGivenOutLaterSortLater() {
    var clock = new ManualClock();
    var ids = new MailIds(clock);
    List<String> given = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      given.add(ids.next().value());
      if (i % 100 == 0) {
        clock.pass(Duration.ofMillis(i % 300 - 100));
      }
    }
    assertThat(given).isSorted().doesNotHaveDuplicates();
    assertThat(given).allMatch(id -> id.length() == 16);
  }

  @Test
  void idsOfManyThreadsDiffer() throws Exception {
    var ids = new MailIds(InstantSource.system());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<MailId>>> all = new ArrayList<>();
      for (int thread = 0; thread < 20; thread++) {
        all.add(
            threads.submit(() -> {
              List<MailId> some = new ArrayList<>();
              for (int i = 0; i < 500; i++) {
                some.add(ids.next());
              }
              return some;
            }));
      }
      var seen = new HashSet<MailId>();
      for (Future<List<MailId>> some : all) {
        seen.addAll(some.get());
      }
      assertThat(seen).hasSize(10_000);
    }
  }

  @Test
  void waitsGrowAndEndOrGoOn() {
    List<Duration> delays = List.of(Duration.ofMinutes(5), Duration.ofHours(1));
    for (boolean forEver : new boolean[] {true, false}) {
      var schedule = new RetrySchedule(delays, forEver);
      assertThat(schedule.after(1).orElseThrow())
          .isBetween(Duration.ofMinutes(5), Duration.ofSeconds(330));
      assertThat(schedule.after(2).orElseThrow())
          .isBetween(Duration.ofHours(1), Duration.ofMinutes(66));
      assertThat(schedule.after(3).isPresent()).isEqualTo(forEver);
      assertThat(schedule.after(1_000).isPresent()).isEqualTo(forEver);
    }
  }

  @Test
  void aConfigurationThatMakesNoSenseSaysWhatToDo() {
    SpoolConfig good = SpoolConfig.defaults();
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new SpoolConfig(
                0,
                1,
                1,
                good.relayRetries(),
                good.giveUpAfter(),
                good.delayNoticeAfter(),
                good.chainRetries(),
                good.stopGrace(),
                good.patience(),
                good.plugins()))
        .withMessage("spool workers is 0: set it between 1 and 10000");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new SpoolConfig(
                1,
                1,
                1,
                List.of(Duration.ZERO),
                good.giveUpAfter(),
                good.delayNoticeAfter(),
                good.chainRetries(),
                good.stopGrace(),
                good.patience(),
                good.plugins()))
        .withMessageContaining("relay-retries");
  }

  @Test
  void whatAClientSaidStaysOnOneLineOfTheLog() {
    assertThat(Story.escaped("250 ok\r\n2026 forged\u0085x"))
        .isEqualTo("250 ok\\u000d\\u000a2026 forged\\u0085x");
    assertThat(Story.escaped("x".repeat(1_000))).hasSize(501);
  }
}
