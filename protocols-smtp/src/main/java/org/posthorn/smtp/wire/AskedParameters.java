package org.posthorn.smtp.wire;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.posthorn.smtp.wire.SmtpCommand.DeliverBy;
import org.posthorn.smtp.wire.SmtpCommand.Hold;

/// Reads the parameters of MAIL that are asked for less often. Used by one thread.
final class AskedParameters {
  /// Reads what stands behind a keyword.
  @FunctionalInterface
  interface Value<T> {
    T read() throws SmtpSyntaxException;
  }

  private static final int DIGITS_MAX = 9;
  private static final int PRIORITY_MAX = 9;

  private final Value<String> value;
  private final Value<Boolean> noValue;
  private boolean requireTls;
  private OptionalInt priority = OptionalInt.empty();
  private Optional<Hold> hold = Optional.empty();
  private Optional<DeliverBy> deliverBy = Optional.empty();

  AskedParameters(Value<String> value, Value<Boolean> noValue) {
    this.value = value;
    this.noValue = noValue;
  }

  void take(String keyword) throws SmtpSyntaxException {
    switch (keyword) {
      case "REQUIRETLS" -> requireTls = noValue.read();
      case "MT-PRIORITY" -> priority = OptionalInt.of(priority(value.read()));
      case "HOLDFOR" -> hold(new Hold.For(interval(value.read())));
      case "HOLDUNTIL" -> hold(until(value.read()));
      case "BY" -> deliverBy = Optional.of(deliverBy(value.read()));
      default -> throw SmtpParser.unknownParameter();
    }
  }

  SmtpCommand.Asked asked() {
    return new SmtpCommand.Asked(requireTls, priority, hold, deliverBy);
  }

  /// RFC 4865: one of the two.
  private void hold(Hold asked) throws SmtpSyntaxException {
    if (hold.isPresent()) {
      throw SmtpParser.badArguments("Either HOLDFOR or HOLDUNTIL");
    }
    hold = Optional.of(asked);
  }

  /// RFC 6710 §7.
  private static int priority(String text) throws SmtpSyntaxException {
    boolean minus = text.startsWith("-");
    String digits = minus ? text.substring(1) : text;
    if (digits.length() != 1 || !SmtpParser.isNumber(digits) || (minus && digits.equals("0"))) {
      throw SmtpParser.badValue();
    }
    int level = Math.min(PRIORITY_MAX, Integer.parseInt(digits));
    return minus ? -level : level;
  }

  /// RFC 4865: a positive number, which begins with no zero.
  private static Duration interval(String text) throws SmtpSyntaxException {
    if (text.startsWith("0")) {
      throw SmtpParser.badValue();
    }
    return seconds(text);
  }

  private static Duration seconds(String text) throws SmtpSyntaxException {
    if (!SmtpParser.isNumber(text) || text.length() > DIGITS_MAX) {
      throw SmtpParser.badValue();
    }
    return Duration.ofSeconds(Long.parseLong(text));
  }

  private static Hold until(String text) throws SmtpSyntaxException {
    return new Hold.Until(DateTime.parse(text).orElseThrow(SmtpParser::badValue));
  }

  /// RFC 2852: `120;R`, `-30;NT`. What goes back when it is late must have some time.
  private static DeliverBy deliverBy(String text) throws SmtpSyntaxException {
    int semicolon = text.indexOf(';');
    if (semicolon < 1) {
      throw SmtpParser.badValue();
    }
    boolean minus = text.startsWith("-");
    int start = minus || text.startsWith("+") ? 1 : 0;
    Duration time = seconds(text.substring(start, semicolon));
    String mode = text.substring(semicolon + 1).toUpperCase(Locale.ROOT);
    boolean returned = mode.startsWith("R");
    boolean known = mode.equals("R") || mode.equals("N") || mode.equals("RT") || mode.equals("NT");
    if (!known || (returned && (minus || time.isZero()))) {
      throw SmtpParser.badValue();
    }
    return new DeliverBy(minus ? time.negated() : time, returned, mode.endsWith("T"));
  }
}
