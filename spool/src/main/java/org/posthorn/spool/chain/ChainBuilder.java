package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Written;
import org.posthorn.spool.plugin.Host;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginConfig;
import org.posthorn.spool.plugin.ShippedHost;

/// Makes a [Chain] of its configuration, or fails with a message that names the place. Safe for use
/// by many threads.
public final class ChainBuilder {
  private final Map<String, MailetFactory<?>> mailets = new TreeMap<>();
  private final Map<String, MatcherFactory<?>> matchers = new TreeMap<>();
  private final Services services;
  private final Host shipped;

  public ChainBuilder(
      Collection<MailetFactory<?>> mailets,
      Collection<MatcherFactory<?>> matchers,
      Services services) {
    this(mailets, matchers, services, new ShippedHost(PluginConfig.defaults()));
  }

  /// `shipped` is where steps of ours run that have a time limit. Throws [ChainConfigException]
  /// where two factories make things of one name.
  public ChainBuilder(
      Collection<MailetFactory<?>> mailets,
      Collection<MatcherFactory<?>> matchers,
      Services services,
      Host shipped) {
    this.services = services;
    this.shipped = shipped;
    for (MailetFactory<?> factory : mailets) {
      requireOnce("mailet", factory.name(), this.mailets.put(factory.name(), factory), factory);
    }
    for (MatcherFactory<?> factory : matchers) {
      requireOnce("matcher", factory.name(), this.matchers.put(factory.name(), factory), factory);
    }
  }

  /// Throws [ChainConfigException].
  public Chain build(ChainConfig config) {
    return build(config, () -> {});
  }

  /// `afterEnd` runs when the chain has ended. Throws [ChainConfigException].
  public Chain build(ChainConfig config, Runnable afterEnd) {
    return chain(config, mailet -> mailet, afterEnd);
  }

  /// A chain in which nothing is delivered: [Mailet#rehearse] in place of [Mailet#service]. Throws
  /// [ChainConfigException].
  public Chain rehearsal(ChainConfig config, Runnable afterEnd) {
    return chain(config, mailet -> mailet::rehearse, afterEnd);
  }

  private Chain chain(ChainConfig config, UnaryOperator<Mailet> use, Runnable afterEnd) {
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
    requireEnds(config);
    var build = new Build(names, use, new ArrayList<>());
    try {
      return new Chain(
          config.processors().stream().map(processor -> processor(processor, build)).toList(),
          afterEnd);
    } catch (RuntimeException e) {
      build.made.forEach(Pieces::letGo);
      throw e;
    }
  }

  /// What comes to the end of a processor must come to an end some day. Where a step is on the way,
  /// only that knows whether it does.
  private static void requireEnds(ChainConfig config) {
    Map<String, String> ends = new LinkedHashMap<>();
    config.processors().stream()
        .filter(processor -> processor.steps().isEmpty())
        .forEach(processor -> ends.put(processor.name(), processor.atEnd()));
    for (ChainConfig.ProcessorConfig processor : config.processors()) {
      Set<String> way = new LinkedHashSet<>();
      String next = processor.name();
      while (ends.containsKey(next) && way.add(next)) {
        next = ends.getOrDefault(next, "");
      }
      if (way.contains(next) && next.equals(processor.name())) {
        throw new ChainConfigException(
            processor.where(),
            "processor %s: its at-end leads round for ever: %s -> %s, and no step is on the way. End one of them with drop, keep or another processor"
                .formatted(next, String.join(" -> ", way), next));
      }
    }
  }

  /// One chain in the making: the names of its processors, what is asked of mailets, what was made.
  private record Build(Set<String> names, UnaryOperator<Mailet> use, List<Pieces> made) {}

  private Processor processor(ChainConfig.ProcessorConfig config, Build build) {
    List<Step> steps = new ArrayList<>();
    for (ChainConfig.StepConfig step : config.steps()) {
      String place =
          "processor %s, step %d (%s)".formatted(config.name(), steps.size() + 1, step.label());
      try {
        steps.add(step(step, build));
      } catch (ParameterException e) {
        throw new ChainConfigException(step.where(), place + ": " + e.getMessage());
      }
    }
    return new Processor(config.name(), steps, atEnd(config, build.names));
  }

  private Step step(ChainConfig.StepConfig config, Build build) {
    var pieces = new Pieces(services, shipped, config.timeLimit());
    build.made.add(pieces);
    Matcher matcher =
        config.match().map(match -> matcher(match, pieces, build.names)).orElse(ChainBuilder::all);
    MailetFactory<?> factory = mailets.get(config.mailet());
    if (factory == null) {
      throw new ParameterException(
          "there is no mailet %s%s".formatted(config.mailet(), nearest(config.mailet(), mailets)));
    }
    Map<String, Object> parameters = new LinkedHashMap<>();
    config.parameters().forEach((name, tree) -> parameters.put(name, tree.plain()));
    var written = new Written(parameters, List.of(), build.names);
    Mailet mailet = pieces.mailet(factory, written, build.use);
    return new Step(
        config.label(), config.where(), matcher, mailet, pieces.watches(), pieces.closings());
  }

  private Matcher matcher(ConfigTree match, Pieces pieces, Set<String> processors) {
    return switch (match) {
      case ConfigTree.Text(String text, _) ->
          MatchExpression.parse(
              text, (name, written) -> matcher(name, written, pieces), processors);
      case ConfigTree.Items(List<ConfigTree> items, _) ->
          MatchExpression.allOf(
              items.stream().map(item -> matcher(item, pieces, processors)).toList());
      case ConfigTree.Block(Map<String, ConfigTree> entries, _) ->
          MatchExpression.allOf(
              entries.entrySet().stream()
                  .map(entry -> matcher(entry.getKey(), entry.getValue(), pieces, processors))
                  .toList());
    };
  }

  /// A matcher whose parameters stand in a block.
  private Matcher matcher(
      String name, ConfigTree parameters, Pieces pieces, Set<String> processors) {
    if (!(parameters instanceof ConfigTree.Block(Map<String, ConfigTree> entries, _))) {
      throw new ParameterException(
          "match: %s is %s, but should be a block with its parameters"
              .formatted(name, parameters.words()));
    }
    Map<String, Object> plain = new LinkedHashMap<>();
    entries.forEach((key, tree) -> plain.put(key, tree.plain()));
    try {
      return matcher(name, new Written(plain, List.of(), processors), pieces);
    } catch (ParameterException e) {
      throw new ParameterException("match: %s: %s".formatted(name, e.getMessage()));
    }
  }

  private Matcher matcher(String name, Written written, Pieces pieces) {
    MatcherFactory<?> factory = matchers.get(name);
    if (factory == null) {
      throw new ParameterException("there is no such matcher" + nearest(name, matchers));
    }
    return pieces.matcher(factory, written);
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
