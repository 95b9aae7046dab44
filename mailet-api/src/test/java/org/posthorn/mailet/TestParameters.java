package org.posthorn.mailet;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Makes mailets, matchers and gates for tests as the server does: what is missing, unknown or
/// makes no sense is refused. Parameters are texts, lists of texts and blocks, as they would stand
/// in the configuration. There is every processor that is named.
public final class TestParameters {
  private TestParameters() {}

  public static <P extends Record> Mailet mailet(
      MailetFactory<P> factory, Map<String, ?> parameters, Services services) {
    return factory.create(read(factory.parameters(), parameters), services);
  }

  public static <P extends Record> Matcher matcher(
      MatcherFactory<P> factory, Map<String, ?> parameters, Services services) {
    return factory.create(read(factory.parameters(), parameters), services);
  }

  public static <P extends Record> Gate gate(
      GateFactory<P> factory, Map<String, ?> parameters, Services services) {
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
}
