package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;

/// The parameters of one step or matcher, crossed out as they are read. Used by one thread.
final class StepParameters implements Parameters {
  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]*)");

  private final Map<String, ConfigTree> unread;
  private final Set<String> asked = new LinkedHashSet<>();
  private final Set<String> processors;
  private final ArrayDeque<String> arguments;

  StepParameters(
      Map<String, ConfigTree> parameters, List<String> arguments, Set<String> processors) {
    this.unread = new LinkedHashMap<>(parameters);
    this.arguments = new ArrayDeque<>(arguments);
    this.processors = processors;
  }

  @Override
  public String text(String name) {
    return optionalText(name)
        .orElseThrow(() -> new ParameterException("parameter '" + name + "' is missing"));
  }

  @Override
  public Optional<String> optionalText(String name) {
    return take(name)
        .map(tree -> textOf(name, tree))
        .or(() -> Optional.ofNullable(arguments.poll()));
  }

  @Override
  public List<String> texts(String name) {
    return take(name)
        .map(tree ->
            switch (tree) {
              case ConfigTree.Items(List<ConfigTree> items, _) ->
                  items.stream().map(item -> textOf(name, item)).toList();
              case ConfigTree.Text _, ConfigTree.Block _ -> List.of(textOf(name, tree));
            })
        .orElseGet(this::allArguments);
  }

  @Override
  public boolean flag(String name, boolean otherwise) {
    return optionalText(name)
        .map(text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true", "yes", "on" -> true;
              case "false", "no", "off" -> false;
              default -> throw wrong(name, text, "true or false");
            })
        .orElse(otherwise);
  }

  @Override
  public int number(String name, int otherwise, int min, int max) {
    return optionalText(name).map(text -> numberOf(name, text, min, max)).orElse(otherwise);
  }

  @Override
  public long bytes(String name, long otherwise) {
    return optionalText(name).map(text -> bytesOf(name, text)).orElse(otherwise);
  }

  @Override
  public Duration duration(String name, Duration otherwise) {
    return optionalText(name).map(text -> durationOf(name, text)).orElse(otherwise);
  }

  @Override
  public Optional<String> optionalProcessor(String name) {
    return optionalText(name).map(processor -> known(name, processor));
  }

  @Override
  public String processor(String name) {
    return known(name, text(name));
  }

  private String known(String name, String processor) {
    if (!processors.contains(processor)) {
      throw new ParameterException(
          "parameter '%s' names the processor %s, but there are only %s"
              .formatted(
                  name, processor, String.join(", ", processors.stream().sorted().toList())));
    }
    return processor;
  }

  @Override
  public Map<String, String> map(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    take(name)
        .ifPresent(tree -> {
          if (!(tree instanceof ConfigTree.Block(Map<String, ConfigTree> entries, _))) {
            throw new ParameterException("parameter '" + name + "' is a block of names and values");
          }
          entries.forEach((key, value) -> map.put(key, textOf(name + "." + key, value)));
        });
    return map;
  }

  void requireAllRead() {
    if (!unread.isEmpty()) {
      String known =
          asked.isEmpty() ? "it has no parameters" : "it has " + String.join(", ", asked);
      throw new ParameterException(
          "parameter '%s' is not known: %s".formatted(unread.keySet().iterator().next(), known));
    }
    if (!arguments.isEmpty()) {
      throw new ParameterException("it has no use for the argument '" + arguments.getFirst() + "'");
    }
  }

  private List<String> allArguments() {
    List<String> all = List.copyOf(arguments);
    arguments.clear();
    return all;
  }

  private Optional<ConfigTree> take(String name) {
    asked.add(name);
    return Optional.ofNullable(unread.remove(name));
  }

  private static String textOf(String name, ConfigTree tree) {
    if (tree instanceof ConfigTree.Text(String text, _)) {
      return text;
    }
    throw new ParameterException("parameter '" + name + "' is one value");
  }

  private static int numberOf(String name, String text, int min, int max) {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw wrong(name, text, "a number from " + min + " to " + max);
  }

  private static long bytesOf(String name, String text) {
    Matcher amount = amount(name, text, "a size such as 500KB or 50MB");
    long factor =
        switch (amount.group(2).toUpperCase(Locale.ROOT)) {
          case "", "B" -> 1;
          case "K", "KB" -> 1L << 10;
          case "M", "MB" -> 1L << 20;
          case "G", "GB" -> 1L << 30;
          default -> throw wrong(name, text, "a size such as 500KB or 50MB");
        };
    try {
      return Math.multiplyExact(Long.parseLong(amount.group(1)), factor);
    } catch (ArithmeticException _) {
      throw wrong(name, text, "a size that fits a disk");
    }
  }

  private static Duration durationOf(String name, String text) {
    Matcher amount = amount(name, text, "a time such as 30m or 5d");
    long count = Long.parseLong(amount.group(1));
    Duration unit =
        switch (amount.group(2).toLowerCase(Locale.ROOT)) {
          case "ms" -> Duration.ofMillis(1);
          case "s" -> Duration.ofSeconds(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          case "d" -> Duration.ofDays(1);
          default -> throw wrong(name, text, "a time such as 30m or 5d");
        };
    try {
      return unit.multipliedBy(count);
    } catch (ArithmeticException _) {
      throw wrong(name, text, "a time that passes");
    }
  }

  private static Matcher amount(String name, String text, String expected) {
    Matcher amount = AMOUNT.matcher(text.strip());
    if (!amount.matches()) {
      throw wrong(name, text, expected);
    }
    return amount;
  }

  private static ParameterException wrong(String name, String text, String expected) {
    return new ParameterException(
        "parameter '%s' is '%s', but should be %s".formatted(name, text, expected));
  }
}
