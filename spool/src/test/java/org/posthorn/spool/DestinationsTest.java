package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Origin;
import org.posthorn.message.MailId;
import org.posthorn.spool.Destinations.Result;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;

/// How many loads are on the way to a destination at once.
final class DestinationsTest {
  private static final int MAX = 20;
  private static final Destinations.Key KEY = new Destinations.Key("busy.example");

  private final List<Custody.Claim> started = new ArrayList<>();
  private final Destinations destinations = new Destinations(100, MAX, started::add);
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");

  @Test
  void beginWithFewAndGrowWithEachThatGetsThrough() {
    offer(100);
    assertThat(underway()).isEqualTo(2);
    for (int i = 1; i <= MAX; i++) {
      finish(new Result.Reached());
      assertThat(underway()).isEqualTo(Math.min(MAX, 2 + i));
    }
  }

  @Test
  void areHalvedOnceForAllThatWereUnderWayWhenTheDestinationHadTooMuch() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Result.Reached());
    }
    for (int i = 0; i < MAX; i++) {
      finish(new Result.Crowded());
    }
    assertThat(atOnce()).isEqualTo(MAX / 2);
    assertThat(underway()).isEqualTo(MAX / 2);
    now = now.plusSeconds(10);
    finish(new Result.Crowded());
    assertThat(atOnce()).isEqualTo(MAX / 4);
  }

  @Test
  void growSlowlyAfterTheDestinationHadTooMuch() {
    offer(1_000);
    for (int i = 0; i < 6; i++) {
      finish(new Result.Reached());
    }
    finish(new Result.Crowded());
    assertThat(atOnce()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(atOnce()).isEqualTo(4);
      finish(new Result.Reached());
    }
    assertThat(atOnce()).isEqualTo(5);
  }

  @Test
  void areNeverNone() {
    offer(100);
    for (int i = 0; i < 5; i++) {
      now = now.plusSeconds(10);
      finish(new Result.Crowded());
    }
    assertThat(atOnce()).isEqualTo(1);
    assertThat(underway()).isEqualTo(1);
  }

  @Test
  void beginWithFewAgainAfterNobodyCouldBeReached() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Result.Reached());
    }
    var refused =
        new QueuedRecipient.Answer("4.4.1", Optional.empty(), "Connection refused", now, false);
    finish(new Result.Unreachable(refused));
    assertThat(atOnce()).isEqualTo(1);
    finish(new Result.Reached());
    assertThat(atOnce()).isEqualTo(3);
  }

  private void offer(int count) {
    for (int i = 0; i < count; i++) {
      destinations.ask(KEY, mail(), now);
    }
  }

  /// Each load took a second.
  private void finish(Result result) {
    destinations.finished(KEY, Duration.ofSeconds(1), result, now);
  }

  private int underway() {
    return destinations.underwayCount();
  }

  private int atOnce() {
    return Objects.requireNonNull(destinations.standings(now).get(KEY.name())).atOnceMax();
  }

  private static Custody.Claim mail() {
    var origin =
        new Origin(
            Optional.empty(),
            "",
            Optional.empty(),
            "local",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z"));
    return new Custody.Claim(
        new Custody(
            new QueuedMail(
                new MailId("m1"),
                Rows.arrival(origin, NewMail.Options.NONE),
                List.of(),
                List.of(),
                Set.of()),
            new InMemoryContentStore()),
        List.of());
  }
}
