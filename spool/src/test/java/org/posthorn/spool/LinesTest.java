package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailId;

final class LinesTest {
  private static final MailId FIRST = new MailId("m1");

  private final Lines lines = new Lines();
  private final Instant now = Instant.parse("2026-11-22T12:00:00Z");

  @Test
  void goOnADayAfterTheClockWasSetBack() {
    Instant ahead = now.plus(Duration.ofDays(400));
    for (int i = 0; i < Lines.DESCENDANTS_MAX; i++) {
      lines.next(FIRST, ahead);
    }
    assertThat(lines.next(FIRST, now)).isGreaterThan(Lines.DESCENDANTS_MAX);
    assertThat(lines.next(FIRST, now.plus(Duration.ofHours(23))))
        .isGreaterThan(Lines.DESCENDANTS_MAX);
    assertThat(lines.next(FIRST, now.plus(Duration.ofDays(1)))).isEqualTo(1);
  }
}
