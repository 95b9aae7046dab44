package org.posthorn.spool.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.storage.StorageUnavailable;

/// Who may end the isolation of a step, and who may not.
@Timeout(60)
final class WatchTest {
  private static final PluginConfig CONFIG =
      new PluginConfig(
          Duration.ofSeconds(50), 3, Duration.ofMinutes(5), Duration.ofMinutes(1), 10, 3);

  private final PluginThreads threads = new PluginThreads("test", 10, null);
  private Instant now = Instant.parse("2026-11-27T12:00:00Z");
  private final Watch watch =
      new Watch("mailet Test", Duration.ofSeconds(50), CONFIG, threads, () -> now);

  @AfterEach
  void end() {
    threads.end();
  }

  /// A call that ends when the test says so, with an answer or with an exception.
  private final class Call {
    final CountDownLatch begun = new CountDownLatch(1);
    final CompletableFuture<String> end = new CompletableFuture<>();
    final CompletableFuture<String> result;

    Call() throws InterruptedException {
      result =
          CompletableFuture.supplyAsync(
              () ->
                  watch.call(() -> {
                    begun.countDown();
                    return end.join();
                  }),
              command -> Thread.ofVirtual().start(command));
      begun.await();
    }

    void succeeds() {
      end.complete("well");
      assertThat(result.join()).isEqualTo("well");
    }

    void fails() {
      end.completeExceptionally(new IllegalStateException("boom"));
      assertThatThrownBy(result::join).hasCauseInstanceOf(PluginFailure.class);
    }
  }

  @Test
  void theLateSuccessOfAnOlderCallEndsNoIsolation() throws InterruptedException {
    var older = new Call();
    isolate();
    now = now.plusSeconds(61);
    var trial = new Call();

    older.succeeds();

    assertThat(watch.health().isolatedUntil()).isPresent();
    refuses();
    trial.fails();
    assertThat(watch.health().isolatedUntil()).contains(now.plusSeconds(120));
    refuses();
  }

  @Test
  void theLateFailureOfAnOlderCallLeavesTheTrialToDecide() throws InterruptedException {
    var older = new Call();
    isolate();
    now = now.plusSeconds(61);
    var trial = new Call();

    older.fails();

    refuses();
    trial.succeeds();
    assertThat(watch.health().isolatedUntil()).isEmpty();
    assertThat(watch.call(() -> "well")).isEqualTo("well");
  }

  @Test
  void aTrialThatWasNotJudgedMakesRoomForAnother() throws InterruptedException {
    isolate();
    now = now.plusSeconds(61);
    assertThatThrownBy(() ->
            watch.call(() -> {
              throw new StorageUnavailable("disk");
            }))
        .isInstanceOf(StorageUnavailable.class);
    new Call().succeeds();
    assertThat(watch.health().isolatedUntil()).isEmpty();
  }

  @Test
  void aClockThatIsSetBackMakesNoIsolationLonger() throws InterruptedException {
    isolate();
    now = now.minus(Duration.ofDays(1));
    refuses();
    now = now.plusSeconds(61);
    new Call().succeeds();
    assertThat(watch.health().isolatedUntil()).isEmpty();
  }

  @Test
  void failuresBeforeAClockWasSetBackAreOldSomeDay() throws InterruptedException {
    new Call().fails();
    new Call().fails();
    now = now.minus(Duration.ofDays(1));
    new Call().fails();
    assertThat(watch.health().isolatedUntil()).isEmpty();
  }

  private void isolate() throws InterruptedException {
    new Call().fails();
    new Call().fails();
    new Call().fails();
    assertThat(watch.health().isolatedUntil()).isPresent();
  }

  private void refuses() {
    assertThatThrownBy(() -> watch.call(() -> "not called"))
        .isInstanceOf(PluginFailure.class)
        .hasMessageContaining("is isolated until");
  }
}
