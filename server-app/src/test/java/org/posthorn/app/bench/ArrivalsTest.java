package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final long begin = System.nanoTime();

  @Test
  void aSlowServerIsWaitedForAsLongAsSomethingArrives() throws Exception {
    Arrivals.await(() -> arrivedAfter(200), 10, PATIENCE);
    assertThat(arrivedAfter(200)).isGreaterThanOrEqualTo(10); // After twice the time of patience.
  }

  @Test
  void whatDoesNotArriveIsNotWaitedForForEver() {
    assertThatThrownBy(() -> Arrivals.await(() -> Math.min(7, arrivedAfter(50)), 10, PATIENCE))
        .isInstanceOf(IOException.class)
        .hasMessage("3 of 10 deliveries are missing, and none has come for 1 second");
  }

  /// With so many milliseconds between two of them.
  private long arrivedAfter(long millis) {
    return (System.nanoTime() - begin) / 1_000_000 / millis;
  }
}
