package org.posthorn.mailet;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// How one value is written, and how it is called in messages. `isAmount`: bounds make sense.
record ParameterKind(String words, boolean isAmount, Function<String, Optional<?>> parser) {
  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]*)");

  /// `isSize` makes of a number one of bytes. Throws `IllegalStateException` for a type that no
  /// parameter can have.
  static ParameterKind of(Class<?> type, boolean isSize) {
    if (type == long.class && isSize) {
      return new ParameterKind("a size such as 500KB or 50MB", true, ParameterKind::bytes);
    } else if (type == int.class || type == Integer.class) {
      return new ParameterKind("a number", true, text -> Optional.of(Integer.valueOf(text)));
    } else if (type == long.class || type == Long.class) {
      return new ParameterKind("a number", true, text -> Optional.of(Long.valueOf(text)));
    } else if (type == double.class || type == Double.class) {
      return new ParameterKind(
          "a number such as 0.5", false, text -> Optional.of(Double.valueOf(text)));
    } else if (type == boolean.class || type == Boolean.class) {
      return new ParameterKind("true or false", false, ParameterKind::flag);
    } else if (type == Duration.class) {
      return new ParameterKind("a time such as 30m or 5d", true, ParameterKind::duration);
    } else if (type.isEnum()) {
      return ofEnum(type);
    }
    return ofText(type);
  }

  private static ParameterKind ofText(Class<?> type) {
    if (type == String.class) {
      return new ParameterKind("a text", false, Optional::of);
    } else if (type == MailAddress.class) {
      return new ParameterKind(
          "an address such as ann@example.org", false, text -> MailAddress.parse(text));
    } else if (type == AddressPattern.class) {
      return new ParameterKind(
          "an address, or @ with a domain", false, text -> AddressPattern.parse(text));
    } else if (type == Domain.class) {
      return new ParameterKind("a domain such as example.org", false, text -> Domain.parse(text));
    } else if (type == LocalTime.class) {
      return new ParameterKind("a time of day such as 08:00", false, read(LocalTime::parse));
    } else if (type == ZoneId.class) {
      return new ParameterKind("a time zone such as Europe/Berlin", false, read(ZoneId::of));
    } else if (type == AddressRange.class) {
      return new ParameterKind(
          "an IP address or a network such as 192.0.2.0/24",
          false,
          text -> AddressRange.parse(text));
    } else if (type == URI.class) {
      return new ParameterKind(
          "an address such as https://example.org/hook",
          false,
          text -> Optional.of(URI.create(text)).filter(URI::isAbsolute));
    } else if (type == Pattern.class) {
      return new ParameterKind(
          "a regular expression", false, text -> Optional.of(Pattern.compile(text)));
    } else if (type == ProcessorName.class) {
      return new ParameterKind(
          "the name of a processor", false, text -> Optional.of(new ProcessorName(text)));
    }
    throw new IllegalStateException(
        "A parameter cannot be a %s; what it can be stands at @Parameter, and what has parts is a record whose components have @Parameter each"
            .formatted(type.getName()));
  }

  private static ParameterKind ofEnum(Class<?> type) {
    List<String> words = Arrays.stream(type.getEnumConstants()).map(ParameterKind::word).toList();
    int last = words.size() - 1;
    String all = String.join(", ", words.subList(0, last));
    return new ParameterKind(
        all.isEmpty() ? words.getLast() : all + " or " + words.getLast(),
        false,
        text ->
            Arrays.stream(type.getEnumConstants())
                .filter(constant -> word(constant).equalsIgnoreCase(text))
                .findFirst());
  }

  private static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Empty when it is not what is expected.
  Optional<Object> parse(String text) {
    try {
      return parser.apply(text).map(value -> value);
    } catch (IllegalArgumentException | ArithmeticException | ParameterException _) {
      return Optional.empty();
    }
  }

  boolean isWithin(Object value, long min, long max) {
    if (!isAmount) {
      return true;
    }
    long amount = value instanceof Duration time ? time.toMillis() : ((Number) value).longValue();
    return amount >= min && amount <= max;
  }

  String words(long min, long max) {
    boolean hasLeast = isAmount && min > 0;
    boolean hasMost = isAmount && max < Long.MAX_VALUE && max != Integer.MAX_VALUE;
    if (words.equals("a number")) {
      return words + (hasLeast || hasMost ? " from " + min : "") + (hasMost ? " to " + max : "");
    }
    return words
        + (hasLeast ? ", at least " + amount(min) : "")
        + (hasMost ? ", at most " + amount(max) : "");
  }

  private String amount(long amount) {
    if (words.startsWith("a time")) {
      return amount % 1_000 == 0 ? amount / 1_000 + "s" : amount + "ms";
    }
    return amount % (1 << 20) == 0 && amount > 0 ? (amount >> 20) + "MB" : amount + "B";
  }

  private static Function<String, Optional<?>> read(Function<String, ?> parse) {
    return text -> {
      try {
        return Optional.of(parse.apply(text));
      } catch (DateTimeException _) {
        return Optional.empty();
      }
    };
  }

  private static Optional<Boolean> flag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> Optional.of(true);
      case "false", "no", "off" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static Optional<Long> bytes(String text) {
    Matcher amount = AMOUNT.matcher(text);
    if (!amount.matches()) {
      return Optional.empty();
    }
    long factor =
        switch (amount.group(2).toUpperCase(Locale.ROOT)) {
          case "", "B" -> 1;
          case "K", "KB" -> 1L << 10;
          case "M", "MB" -> 1L << 20;
          case "G", "GB" -> 1L << 30;
          default -> 0;
        };
    return factor == 0
        ? Optional.empty()
        : Optional.of(Math.multiplyExact(Long.parseLong(amount.group(1)), factor));
  }

  private static Optional<Duration> duration(String text) {
    Matcher amount = AMOUNT.matcher(text);
    if (!amount.matches()) {
      return Optional.empty();
    }
    Duration unit =
        switch (amount.group(2).toLowerCase(Locale.ROOT)) {
          case "ms" -> Duration.ofMillis(1);
          case "s" -> Duration.ofSeconds(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          case "d" -> Duration.ofDays(1);
          default -> Duration.ZERO;
        };
    return unit.isZero()
        ? Optional.empty()
        : Optional.of(unit.multipliedBy(Long.parseLong(amount.group(1))));
  }
}
