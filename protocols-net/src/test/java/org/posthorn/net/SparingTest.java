package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SparingTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  @Test
  void aFewAtOnceThenOneAMinuteWithHowManyWereLeftOut() {
    var sparing = new Sparing();
    long now = -3 * MINUTE;
    for (int i = 0; i < 5; i++) {
      assertThat(sparing.turn(now)).isEqualTo(OptionalInt.of(0));
    }
    assertThat(sparing.turn(now)).isEmpty();
    assertThat(sparing.turn(now + MINUTE - 1)).isEmpty();
    assertThat(sparing.turn(now + MINUTE)).isEqualTo(OptionalInt.of(2));
    assertThat(sparing.turn(now + MINUTE)).isEmpty();
    now += 7 * MINUTE;
    assertThat(sparing.turn(now)).isEqualTo(OptionalInt.of(1));
    assertThat(sparing.turn(now)).isEqualTo(OptionalInt.of(0));
  }
}
