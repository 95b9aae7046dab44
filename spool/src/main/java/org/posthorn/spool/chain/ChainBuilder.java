package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Written;
import org.posthorn.spool.plugin.Plugin;

/// Makes a [Chain] of its configuration, or fails with a message that names the place. Safe for use
/// by many threads.
public final class ChainBuilder {
  private final Map<String, MailetFactory<?>> mailets = new TreeMap<>();
  private final Map<String, MatcherFactory<?>> matchers = new TreeMap<>();
  private final Services services;

  /// Throws [ChainConfigException] where two factories make things of one name.
  public ChainBuilder(
      Collection<MailetFactory<?>> mailets,
      Collection<MatcherFactory<?>> matchers,
      Services services) {
    this.services = services;
    for (MailetFactory<?> factory : mailets) {
      requireOnce("mailet", factory.name(), this.mailets.put(factory.name(), factory), factory);
    }
    for (MatcherFactory<?> factory : matchers) {
      requireOnce("matcher", factory.name(), this.matchers.put(factory.name(), factory), factory);
    }
  }

  /// Throws [ChainConfigException].
  public Chain build(ChainConfig config) {
    return chain(config, mailet -> mailet);
  }

  /// A chain in which nothing is delivered: [Mailet#rehearse] in place of [Mailet#service]. Throws
  /// [ChainConfigException].
  public Chain rehearsal(ChainConfig config) {
    return chain(config, mailet -> mailet::rehearse);
  }

  private Chain chain(ChainConfig config, UnaryOperator<Mailet> use) {
    Set<String> names =
        config.processors().stream()
            .map(ChainConfig.ProcessorConfig::name)
            .collect(Collectors.toSet());
    Set<String> missing = new HashSet<>(Chain.REQUIRED);
    missing.removeAll(names);
    if (!missing.isEmpty()) {
      throw new ChainConfigException(
          "The chain needs the processors %s, but has no %s"
              .formatted(
                  String.join(", ", Chain.REQUIRED.stream().sorted().toList()),
                  String.join(" and no ", missing.stream().sorted().toList())));
    }
    return new Chain(
        config.processors().stream().map(processor -> processor(processor, names, use)).toList());
  }

  private Processor processor(
      ChainConfig.ProcessorConfig config, Set<String> names, UnaryOperator<Mailet> use) {
    List<Step> steps = new ArrayList<>();
    for (ChainConfig.StepConfig step : config.steps()) {
      String place =
          "processor %s, step %d (%s)".formatted(config.name(), steps.size() + 1, step.label());
      try {
        steps.add(step(step, names, use));
      } catch (ParameterException e) {
        throw new ChainConfigException(step.where(), place + ": " + e.getMessage());
      }
    }
    return new Processor(config.name(), steps, atEnd(config, names));
  }

  private Step step(ChainConfig.StepConfig config, Set<String> names, UnaryOperator<Mailet> use) {
    Matcher matcher =
        config
            .match()
            .map(text -> MatchExpression.parse(text, this::matcher, names))
            .orElse(ChainBuilder::all);
    MailetFactory<?> factory = mailets.get(config.mailet());
    if (factory == null) {
      throw new ParameterException(
          "there is no mailet %s%s".formatted(config.mailet(), nearest(config.mailet(), mailets)));
    }
    Map<String, Object> parameters = new LinkedHashMap<>();
    config.parameters().forEach((name, tree) -> parameters.put(name, tree.plain()));
    var written = new Written(parameters, List.of(), names);
    return new Step(config.label(), matcher, use.apply(mailet(factory, written)));
  }

  private <P extends Record> Mailet mailet(MailetFactory<P> factory, Written written) {
    return factory.create(ParameterReader.read(factory.parameters(), written), services);
  }

  private Matcher matcher(String name, Written written) {
    MatcherFactory<?> factory = matchers.get(name);
    if (factory == null) {
      throw new ParameterException("there is no such matcher" + nearest(name, matchers));
    }
    return matcher(factory, written);
  }

  private <P extends Record> Matcher matcher(MatcherFactory<P> factory, Written written) {
    return factory.create(ParameterReader.read(factory.parameters(), written), services);
  }

  private static AtEnd atEnd(ChainConfig.ProcessorConfig config, Set<String> names) {
    return switch (config.atEnd()) {
      case AtEnd.DROP -> new AtEnd.Drop();
      case AtEnd.KEEP -> new AtEnd.Keep();
      case String name when names.contains(name) -> new AtEnd.Route(name);
      case String name ->
          throw new ChainConfigException(
              config.where(),
              "processor %s: at-end is '%s', but should be drop, keep or one of %s"
                  .formatted(
                      config.name(), name, String.join(", ", names.stream().sorted().toList())));
    };
  }

  private static List<Recipient> all(Mail mail) {
    return mail.recipients();
  }

  private static void requireOnce(String what, String name, @Nullable Object before, Object now) {
    if (before != null) {
      throw new ChainConfigException(
          "Two %ss are called %s: one from %s, one from %s. Remove one of them."
              .formatted(what, name, Plugin.originOf(before), Plugin.originOf(now)));
    }
  }

  /// What was probably meant.
  private static String nearest(String name, Map<String, ?> known) {
    return Spelling.nearest(name, known.keySet())
        .map(candidate -> "; did you mean " + candidate + "?")
        .orElseGet(() -> "; there are " + String.join(", ", known.keySet()));
  }
}
