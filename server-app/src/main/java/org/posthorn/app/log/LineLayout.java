package org.posthorn.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/// One event, one line: time, level, where, what, then `key=value`. Control characters are written
/// as `\n` or `\u0007`, so nobody can make a line that we did not write (only stack traces take
/// more lines). A value that is not one word is in quotes, with `\"` and `\\` for those within, so
/// nobody can make a `key=value` either.
final class LineLayout extends LayoutBase<ILoggingEvent> {
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.", Locale.ROOT);
  private static final int LEVEL_CHARS = 5;
  private static final String RESET = "\u001b[0m";

  private final boolean colours;
  private final ZoneId zone;
  private volatile Second second = new Second(Long.MIN_VALUE, "");

  /// The time of a line without its milliseconds: most lines have that of the line before them.
  private record Second(long ofEpoch, String text) {}

  LineLayout(boolean colours, ZoneId zone) {
    this.colours = colours;
    this.zone = zone;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = new StringBuilder(160);
    appendTime(event.getTimeStamp(), line);
    String level = event.getLevel().toString();
    line.append(' ').append(colour(event.getLevel())).append(level);
    line.repeat(' ', Math.max(0, LEVEL_CHARS - level.length()));
    line.append(colours ? RESET : "").append(' ');
    line.append(simpleName(event.getLoggerName())).append("  ");
    line.append(VisibleText.of(event.getFormattedMessage()));
    for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
      append(entry.getKey(), entry.getValue(), line);
    }
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        append(pair.key, pair.value, line);
      }
    }
    line.append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(VisibleText.lines(ThrowableProxyUtil.asString(thrown)));
    }
    return line.toString();
  }

  private void appendTime(long epochMillis, StringBuilder line) {
    long ofEpoch = Math.floorDiv(epochMillis, 1000L);
    Second known = second;
    if (known.ofEpoch() != ofEpoch) {
      known = new Second(ofEpoch, SECOND.format(Instant.ofEpochSecond(ofEpoch).atZone(zone)));
      second = known;
    }
    int millis = Math.floorMod(epochMillis, 1000);
    line.append(known.text()).append(millis < 100 ? "0" : "").append(millis < 10 ? "0" : "");
    line.append(millis);
  }

  private static void append(String key, Object value, StringBuilder line) {
    line.append(' ').append(key).append('=');
    String text = String.valueOf(value);
    if (isOneWord(text)) {
      line.append(VisibleText.of(text));
    } else {
      String inside = text.replace("\\", "\\\\").replace("\"", "\\\"");
      line.append('"').append(VisibleText.of(inside)).append('"');
    }
  }

  private static boolean isOneWord(String text) {
    return !text.isEmpty()
        && text.indexOf(' ') < 0
        && text.indexOf('"') < 0
        && text.indexOf('=') < 0;
  }

  private String colour(Level level) {
    if (!colours) {
      return "";
    }
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "\u001b[31m";
      case Level.WARN_INT -> "\u001b[33m";
      case Level.INFO_INT -> "\u001b[32m";
      default -> "\u001b[2m";
    };
  }

  private static String simpleName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }
}
