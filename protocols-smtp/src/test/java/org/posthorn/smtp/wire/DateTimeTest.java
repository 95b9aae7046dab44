package org.posthorn.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 3339 §5.6 to §5.8.
class DateTimeTest {
  @ParameterizedTest
  @CsvSource({
    "1985-04-12T23:20:50.52Z, 1985-04-12T23:20:50.520Z",
    "1996-12-19T16:39:57-08:00, 1996-12-20T00:39:57Z",
    "1937-01-01T12:00:27.87+00:20, 1937-01-01T11:40:27.870Z",
    "2026-12-24t18:00:00z, 2026-12-24T18:00:00Z",
    "2026-12-24T18:00:00-00:00, 2026-12-24T18:00:00Z",
    "2026-12-24T18:00:00+23:59, 2026-12-23T18:01:00Z",
    "2028-02-29T00:00:00Z, 2028-02-29T00:00:00Z",
    "0000-01-01T00:00:00Z, 0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z",
  })
  void reads(String text, Instant time) {
    assertThat(DateTime.parse(text)).contains(time);
  }

  @Test
  void readsFractionsOfAnyLength() {
    assertThat(DateTime.parse("2026-12-24T18:00:00." + "1".repeat(100) + "Z"))
        .contains(Instant.parse("2026-12-24T18:00:00.111111111Z"));
  }

  @ParameterizedTest
  @CsvSource({
    "1990-12-31T23:59:60Z, 1991-01-01T00:00:00Z",
    "1990-12-31T15:59:60-08:00, 1991-01-01T00:00:00Z",
    "2027-06-30T23:59:60.7Z, 2027-07-01T00:00:00Z",
  })
  void readsLeapSeconds(String text, Instant time) {
    assertThat(DateTime.parse(text)).contains(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-12-24T18:00Z",
        "2026-12-24T18:00+01:00",
        "2026-12-24T18:00:00",
        "2026-12-24",
        "2026-12-24 18:00:00Z",
        "2026-12-24T18:00:00.Z",
        "2026-12-24T18:00:00,5Z",
        "2026-12-24T18:00:0012Z",
        "2026-12-24T18:00:00+01",
        "2026-12-24T18:00:00+0100",
        "2026-12-24T18:00:00+01:00:00",
        "2026-12-24T18:00:00+24:00",
        "2026-12-24T18:00:00+01:60",
        "2026-12-24T18:00:00Z[UTC]",
        "2026-12-24T24:00:00Z",
        "2026-12-24T18:60:00Z",
        "2026-12-24T18:00:61Z",
        "2026-12-24T18:00:60Z",
        "2026-12-24T23:59:60Z",
        "2026-12-31T23:59:60+01:00",
        "2027-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "+12026-12-24T18:00:00Z",
        "-2026-12-24T18:00:00Z",
        "26-12-24T18:00:00Z",
        "٢٠٢٦-12-24T18:00:00Z",
        "tomorrow",
        "",
      })
  void refuses(String text) {
    assertThat(DateTime.parse(text)).isEmpty();
  }
}
