package org.posthorn.spool.chain;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.spool.plugin.Plugin;

/// What there is: the mailets, matchers and gates that ship and those of plugins, in the order of
/// their names, mailets first.
public record Catalogue(List<Entry> entries) {
  public enum Kind {
    MAILET,
    MATCHER,
    GATE
  }

  /// One of them. `from` is the file of the plugin, or `posthorn`; `version` the plugin's, where it
  /// says one.
  public record Entry(
      Kind kind,
      String name,
      String summary,
      String from,
      Optional<String> version,
      List<ParameterReader.Description> parameters) {
    public Entry {
      parameters = List.copyOf(parameters);
    }

    /// As it would stand in a chain, with what must be written and what has an example.
    public String example() {
      return switch (kind) {
        case MAILET -> "- mailet: " + name + "\n" + lines();
        case GATE -> "- gate: " + name + "\n" + lines();
        case MATCHER -> matcher();
      };
    }

    /// In a line, or as a block where a parameter is one.
    private String matcher() {
      if (parameters.stream().anyMatch(parameter -> !parameter.parts().isEmpty())) {
        return "match:\n  - " + name + ":\n" + lines().indent(4);
      }
      String arguments = shown().map(Entry::value).collect(Collectors.joining(", "));
      return "match: " + name + (arguments.isEmpty() ? "" : "(" + arguments + ")") + "\n";
    }

    private String lines() {
      return shown()
          .map(parameter -> "  " + parameter.name() + ": " + value(parameter) + "\n")
          .collect(Collectors.joining());
    }

    private Stream<ParameterReader.Description> shown() {
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

  public static Catalogue of(Collection<? extends PluginFactory<?>> factories) {
    return new Catalogue(factories.stream().map(Catalogue::entry).toList());
  }

  private static Entry entry(PluginFactory<?> factory) {
    Kind kind =
        switch (factory) {
          case MailetFactory<?> _ -> Kind.MAILET;
          case MatcherFactory<?> _ -> Kind.MATCHER;
          case GateFactory<?> _ -> Kind.GATE;
        };
    return new Entry(
        kind,
        factory.name(),
        factory.summary(),
        Plugin.fileOf(factory),
        Plugin.versionOf(factory),
        ParameterReader.describe(factory.parameters()));
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
