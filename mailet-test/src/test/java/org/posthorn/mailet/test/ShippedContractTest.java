package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.ParameterReader.Description;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Written;

/// Every mailet and every matcher that ships keeps the contract that plugins are asked to keep,
/// with the parameters of its own example.
final class ShippedContractTest {
  private static final List<PluginFactory<?>> SHIPPED =
      ChainUnderTest.settings(ShippedContractTest.class).ofSteps("[]").shipped();

  /// Those that only know mail of the queue: their own tests keep the contract with such mail.
  private static final Set<String> OF_THE_QUEUE = Set.of("Bounce", "ToMailbox", "ToSenderFolder");

  /// Those that do not always choose the same, on purpose.
  private static final Set<String> MOODY = Set.of("AtMost");

  @Test
  void thereAreSome() {
    assertThat(mailets()).hasSizeGreaterThan(25);
    assertThat(matchers()).hasSizeGreaterThan(45);
  }

  static Stream<Arguments> mailets() {
    return of(MailetFactory.class)
        .filter(factory -> !OF_THE_QUEUE.contains(factory.name()))
        .filter(factory -> canBeMade(() -> mailet((MailetFactory<?>) factory)))
        .map(factory ->
            Arguments.of(
                factory.name(), (Supplier<Mailet>) () -> mailet((MailetFactory<?>) factory)));
  }

  static Stream<Arguments> matchers() {
    return of(MatcherFactory.class)
        .filter(factory -> !MOODY.contains(factory.name()))
        .filter(factory -> canBeMade(() -> matcher((MatcherFactory<?>) factory)))
        .map(factory ->
            Arguments.of(
                factory.name(), (Supplier<Matcher>) () -> matcher((MatcherFactory<?>) factory)));
  }

  private static boolean canBeMade(Supplier<?> making) {
    try {
      var _ = making.get();
      return true;
    } catch (ParameterException _) {
      return false;
    }
  }

  private static Stream<PluginFactory<?>> of(Class<?> kind) {
    return SHIPPED.stream()
        .filter(kind::isInstance)
        .sorted(Comparator.comparing(one -> one.name()));
  }

  @Nested
  @ParameterizedClass(name = "{0}")
  @MethodSource("org.posthorn.mailet.test.ShippedContractTest#mailets")
  final class Mailets implements MailetContract {
    @Parameter(0)
    String name = "";

    @Parameter(1)
    Supplier<Mailet> making = () -> mail -> new org.posthorn.mailet.Outcome.Continue(mail);

    @Override
    public Mailet mailet() {
      return making.get();
    }
  }

  @Nested
  @ParameterizedClass(name = "{0}")
  @MethodSource("org.posthorn.mailet.test.ShippedContractTest#matchers")
  final class Matchers implements MatcherContract {
    @Parameter(0)
    String name = "";

    @Parameter(1)
    Supplier<Matcher> making = () -> org.posthorn.mailet.Mail::recipients;

    @Override
    public Matcher matcher() {
      return making.get();
    }
  }

  private static <P extends Record> Mailet mailet(MailetFactory<P> factory) {
    return factory.create(
        ParameterReader.read(factory.parameters(), example(factory.parameters())),
        new TestServices());
  }

  private static <P extends Record> Matcher matcher(MatcherFactory<P> factory) {
    return factory.create(
        ParameterReader.read(factory.parameters(), example(factory.parameters())),
        new TestServices());
  }

  /// What must be written, and what has an example.
  private static Written example(Class<? extends Record> parameters) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (Description parameter : ParameterReader.describe(parameters)) {
      if (parameter.required() || !parameter.example().isEmpty()) {
        named.put(parameter.name(), value(parameter));
      }
    }
    return new Written(named, List.of(), Set.of("local", "junk", "bounces"));
  }

  private static Object value(Description parameter) {
    if (parameter.isProcessor()) {
      return "local";
    }
    String example = parameter.example().replaceFirst("^" + parameter.name() + "=", "");
    if (parameter.kind().startsWith("names, each with")) {
      return Map.of("a", "1");
    } else if (parameter.kind().endsWith(", or several")) {
      return Arrays.stream(example.split(",", -1)).map(String::strip).toList();
    }
    return example.isEmpty() ? "1" : example.replaceFirst("^\"(.*)\"$", "$1");
  }
}
