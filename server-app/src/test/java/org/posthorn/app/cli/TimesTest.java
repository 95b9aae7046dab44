package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  private static final Times TIMES =
      new Times(ZonedDateTime.of(2026, 11, 27, 10, 30, 0, 0, ZoneId.of("Europe/Berlin")));

  @ParameterizedTest
  @CsvSource({
    "2h, 2026-11-27T07:30:00Z",
    "1d12h, 2026-11-25T21:30:00Z",
    "0, 2026-11-27T09:30:00Z",
    "today, 2026-11-26T23:00:00Z",
    "10:00, 2026-11-27T09:00:00Z",
    "yesterday, 2026-11-25T23:00:00Z",
    "yesterday 10:00, 2026-11-26T09:00:00Z",
    "2026-11-26, 2026-11-25T23:00:00Z",
    "2026-07-01T10:00, 2026-07-01T08:00:00Z",
    "2026-11-26 10:00:05, 2026-11-26T09:00:05Z",
    "2026-11-26T10:00:00Z, 2026-11-26T10:00:00Z",
    "2026-11-26T10:00+05:00, 2026-11-26T05:00:00Z"
  })
  void understandsWhatPeopleType(String text, String instant) {
    assertThat(TIMES.parse(text)).isEqualTo(Instant.parse(instant));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "2026-13-01", "26.11.2026", "2x", "yesterday at ten"})
  void saysHowATimeIsWritten(String text) {
    assertThatThrownBy(() -> TIMES.parse(text))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("is not a time; write for example 2h, yesterday");
  }

  @Test
  void refusesWhatIsStillToCome() {
    assertThatThrownBy(() -> TIMES.parse("2026-11-28"))
        .hasMessage("\"2026-11-28\" is still to come: it means 2026-11-28 00:00:00");
  }
}
