package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterReader;

/// What a chain can be made of: the mailets and matchers that ship and those of plugins, in the
/// order of their names, mailets first.
public record Catalogue(List<Entry> entries) {
  public enum Kind {
    MAILET,
    MATCHER
  }

  /// One of them. `from` is the file of the plugin, or `posthorn`.
  public record Entry(
      Kind kind,
      String name,
      String summary,
      String from,
      List<ParameterReader.Description> parameters) {
    public Entry {
      parameters = List.copyOf(parameters);
    }

    /// As it would stand in a chain, with what must be written and what has an example.
    public String example() {
      return switch (kind) {
        case MAILET ->
            "- mailet: %s%n".formatted(name)
                + shown()
                    .map(parameter -> "  %s: %s%n".formatted(parameter.name(), value(parameter)))
                    .collect(Collectors.joining());
        case MATCHER -> {
          String arguments = shown().map(Entry::value).collect(Collectors.joining(", "));
          yield "match: %s%s%n".formatted(name, arguments.isEmpty() ? "" : "(" + arguments + ")");
        }
      };
    }

    private java.util.stream.Stream<ParameterReader.Description> shown() {
      return parameters.stream()
          .filter(parameter -> parameter.required() || !parameter.example().isEmpty());
    }

    private static String value(ParameterReader.Description parameter) {
      return parameter.example().isEmpty() ? "…" : parameter.example();
    }
  }

  public Catalogue {
    entries =
        entries.stream()
            .sorted(Comparator.comparing(Entry::kind).thenComparing(Entry::name))
            .toList();
  }

  public static Catalogue of(
      Collection<MailetFactory<?>> mailets, Collection<MatcherFactory<?>> matchers) {
    List<Entry> entries = new ArrayList<>();
    for (MailetFactory<?> mailet : mailets) {
      entries.add(
          new Entry(
              Kind.MAILET,
              mailet.name(),
              mailet.summary(),
              PluginLoader.fileOf(mailet),
              ParameterReader.describe(mailet.parameters())));
    }
    for (MatcherFactory<?> matcher : matchers) {
      entries.add(
          new Entry(
              Kind.MATCHER,
              matcher.name(),
              matcher.summary(),
              PluginLoader.fileOf(matcher),
              ParameterReader.describe(matcher.parameters())));
    }
    return new Catalogue(entries);
  }

  /// In any case; a mailet before a matcher of the same name.
  public Optional<Entry> find(String name) {
    return entries.stream().filter(entry -> entry.name().equalsIgnoreCase(name)).findFirst();
  }

  /// What was probably meant.
  public Optional<String> nearest(String name) {
    return entries.stream()
        .map(Entry::name)
        .filter(known -> Spelling.distance(known, name) <= 2)
        .findFirst();
  }
}
