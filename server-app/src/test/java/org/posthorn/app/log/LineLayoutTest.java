package org.posthorn.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class LineLayoutTest {
  private static final String WHEN = "2026-11-29T08:05:09.007Z";

  private final LoggerContext loggers = new LoggerContext();

  @Test
  void oneEventIsOneLine() {
    LoggingEvent event = event(Level.INFO, WHEN);
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("from", "ann@example.org"),
            new KeyValuePair("reply", "250 2.0.0 Ok"),
            new KeyValuePair("text", "a\nb"),
            new KeyValuePair("none", "")));
    assertThat(plain(ZoneOffset.UTC).doLayout(event))
        .isEqualTo(
            "2026-11-29 08:05:09.007 INFO  Inbound  it happened from=ann@example.org"
                + " reply=\"250 2.0.0 Ok\" text=a\\nb none=\"\"\n");
  }

  /// Who says what is logged writes no field of his own.
  @Test
  void aValueEndsWhereItEnds() {
    LoggingEvent event = event(Level.INFO, WHEN);
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("login", "x\" client=192.0.2.1 y=\""),
            new KeyValuePair("quote", "\""),
            new KeyValuePair("equals", "client=192.0.2.1"),
            new KeyValuePair("slash", "a \\\" client=192.0.2.1"),
            new KeyValuePair("path", "C:\\x"),
            new KeyValuePair("id", "<a@b>")));
    assertThat(plain(ZoneOffset.UTC).doLayout(event))
        .isEqualTo(
            "2026-11-29 08:05:09.007 INFO  Inbound  it happened"
                + " login=\"x\\\" client=192.0.2.1 y=\\\"\""
                + " quote=\"\\\"\""
                + " equals=\"client=192.0.2.1\""
                + " slash=\"a \\\\\\\" client=192.0.2.1\""
                + " path=C:\\x id=<a@b>\n");
  }

  @Test
  void levelsTakeTheSameRoom() {
    LineLayout layout = plain(ZoneOffset.UTC);
    for (Level level : List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE)) {
      assertThat(layout.doLayout(event(level, WHEN)))
          .isEqualTo("2026-11-29 08:05:09.007 %-5s Inbound  it happened\n".formatted(level));
    }
  }

  @Test
  void timesInAnyOrderAreTheirOwn() {
    LineLayout layout = plain(ZoneId.of("Europe/Berlin"));
    List<String> times = new ArrayList<>();
    for (String when :
        List.of(
            "2026-10-25T00:59:59.999Z", // Before the clock is put back.
            "2026-10-25T01:00:00.000Z",
            "2026-10-25T01:00:00.045Z",
            "2026-10-25T00:59:59.100Z",
            "1969-12-31T23:59:59.999Z")) {
      times.add(layout.doLayout(event(Level.INFO, when)).substring(0, WHEN.length() - 1));
    }
    assertThat(times)
        .containsExactly(
            "2026-10-25 02:59:59.999",
            "2026-10-25 02:00:00.000",
            "2026-10-25 02:00:00.045",
            "2026-10-25 02:59:59.100",
            "1970-01-01 00:59:59.999");
  }

  @Test
  void coloursEndWithTheLevel() {
    assertThat(new LineLayout(true, ZoneOffset.UTC).doLayout(event(Level.WARN, WHEN)))
        .isEqualTo("2026-11-29 08:05:09.007 \u001b[33mWARN \u001b[0m Inbound  it happened\n");
  }

  private static LineLayout plain(ZoneId zone) {
    return new LineLayout(/* colours= */ false, zone);
  }

  private LoggingEvent event(Level level, String when) {
    var event =
        new LoggingEvent(
            "", loggers.getLogger("org.posthorn.smtp.Inbound"), level, "it happened", null, null);
    event.setInstant(Instant.parse(when));
    event.setMDCPropertyMap(Map.of());
    return event;
  }
}
