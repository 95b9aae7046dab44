package org.posthorn.mailet;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Parameters for tests of factories: texts, lists of texts and blocks, as they would stand in the
/// configuration. Used by one thread.
public final class TestParameters implements Parameters {
  private final Map<String, Object> unread;

  /// Values are `String`, `List<String>` or `Map<String, String>`.
  public TestParameters(Map<String, ?> parameters) {
    this.unread = new LinkedHashMap<>(parameters);
  }

  public static TestParameters none() {
    return new TestParameters(Map.of());
  }

  /// Makes a mailet as the server does: what is missing, unknown or makes no sense is refused.
  /// There is every processor that is named.
  public static <P extends Record> Mailet mailet(
      MailetFactory<P> factory, Map<String, ?> parameters, Services services) {
    return factory.create(read(factory.parameters(), parameters), services);
  }

  public static <P extends Record> Matcher matcher(
      MatcherFactory<P> factory, Map<String, ?> parameters, Services services) {
    return factory.create(read(factory.parameters(), parameters), services);
  }

  private static <P extends Record> P read(Class<P> type, Map<String, ?> parameters) {
    Set<String> processors =
        parameters.values().stream()
            .filter(String.class::isInstance)
            .map(String.class::cast)
            .collect(Collectors.toSet());
    return ParameterReader.read(type, new Written(parameters, List.of(), processors));
  }

  public static Gate gate(GateFactory factory, Map<String, ?> parameters, Services services) {
    var given = new TestParameters(parameters);
    Gate gate = factory.create(given, services);
    given.requireAllRead();
    return gate;
  }

  @Override
  public String text(String name) {
    return optionalText(name)
        .orElseThrow(() -> new ParameterException("parameter '" + name + "' is missing"));
  }

  @Override
  public Optional<String> optionalText(String name) {
    return Optional.ofNullable(unread.remove(name)).map(Object::toString);
  }

  @Override
  public List<String> texts(String name) {
    return switch (unread.remove(name)) {
      case null -> List.of();
      case List<?> list -> list.stream().map(Object::toString).toList();
      case Object one -> List.of(one.toString());
    };
  }

  @Override
  public boolean flag(String name, boolean otherwise) {
    return optionalText(name).map(Boolean::parseBoolean).orElse(otherwise);
  }

  @Override
  public int number(String name, int otherwise, int min, int max) {
    int number = optionalText(name).map(Integer::parseInt).orElse(otherwise);
    if (number < min || number > max) {
      throw new ParameterException("parameter '" + name + "' is out of bounds");
    }
    return number;
  }

  /// A plain number of bytes, or one with KB or MB.
  @Override
  public long bytes(String name, long otherwise) {
    return optionalText(name)
        .map(text -> text.replace("KB", "000").replace("MB", "000000"))
        .map(Long::parseLong)
        .orElse(otherwise);
  }

  /// As ISO 8601 without the first letters: `30m`, `2h`.
  @Override
  public Duration duration(String name, Duration otherwise) {
    return optionalText(name).map(text -> Duration.parse("PT" + text)).orElse(otherwise);
  }

  /// There is every processor.
  @Override
  public Optional<String> optionalProcessor(String name) {
    return optionalText(name);
  }

  @Override
  public String processor(String name) {
    return text(name);
  }

  @Override
  public Map<String, String> map(String name) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (unread.remove(name) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> texts.put(key.toString(), value.toString()));
    }
    return texts;
  }

  private void requireAllRead() {
    if (!unread.isEmpty()) {
      throw new ParameterException("Unknown parameters " + unread.keySet());
    }
  }
}
