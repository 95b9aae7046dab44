package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.Written;

/// The chain as the operator wrote it, not yet built:
///
/// ```yaml
/// root:
///   steps:
///     - match: RecipientIsLocal and not SizeOver(10MB)
///       mailet: ToProcessor
///       processor: local
///   at-end: relay
/// ```
///
/// `match` is an expression; where a matcher has parameters that need more than a line, a block of
/// its name and parameters, or a list of those and of expressions, all of which have to match:
///
/// ```yaml
///     - match:
///         - RecipientIsLocal
///         - Overdue:
///             deadlines: [{senders: ["@example.org"], after: 2h}]
///       mailet: Drop
/// ```
///
/// A step has the keys `match` (absent: all recipients), `mailet`, where two steps would be called
/// the same, `step`, and `time-limit`; all other keys are the mailet's parameters.
public record ChainConfig(List<ProcessorConfig> processors) {
  private static final String TIME_LIMIT = "time-limit";

  /// One processor. `atEnd` is what becomes of mail that went through all its steps: the name of
  /// another processor, `drop` or `keep`.
  public record ProcessorConfig(String name, List<StepConfig> steps, String atEnd, String where) {}

  /// One step. `label` is its name in the queue and in messages; `timeLimit` how long one call of
  /// its mailet or of a matcher may take.
  public record StepConfig(
      String label,
      Optional<ConfigTree> match,
      String mailet,
      Map<String, ConfigTree> parameters,
      Optional<Duration> timeLimit,
      String where) {
    /// In a line, for who looks at the chain.
    public Optional<String> matchText() {
      return match.map(StepConfig::text);
    }

    private static String text(ConfigTree match) {
      return switch (match) {
        case ConfigTree.Text(String text, _) -> text;
        case ConfigTree.Items(List<ConfigTree> items, _) ->
            items.stream().map(StepConfig::text).collect(Collectors.joining(" and "));
        case ConfigTree.Block(Map<String, ConfigTree> entries, _) ->
            entries.keySet().stream()
                .map(name -> name + "(…)")
                .collect(Collectors.joining(" and "));
      };
    }
  }

  /// What every step has, whatever its mailet.
  private record General(@Parameter("How long one call may take.") Optional<Duration> timeLimit) {}

  /// Reads the block of processors. Throws [ChainConfigException].
  public static ChainConfig of(ConfigTree tree) {
    List<ProcessorConfig> processors = new ArrayList<>();
    block(tree, "the chain", "a block of processors")
        .forEach((name, processor) -> processors.add(processor(name, processor)));
    return new ChainConfig(processors);
  }

  private static ProcessorConfig processor(String name, ConfigTree tree) {
    String what = "processor " + name;
    if (name.equals(AtEnd.DROP) || name.equals(AtEnd.KEEP)) {
      throw new ChainConfigException(
          tree.where(), "a processor cannot be called " + name + ": the word has a meaning");
    }
    Map<String, ConfigTree> entries =
        new LinkedHashMap<>(block(tree, what, "a block with 'steps' and 'at-end'"));
    ConfigTree steps = entries.remove("steps");
    ConfigTree atEnd = entries.remove("at-end");
    if (atEnd == null) {
      throw new ChainConfigException(
          tree.where(),
          what
              + " does not say what becomes of mail at its end: add 'at-end:' with the name of a"
              + " processor, 'drop' or 'keep'");
    }
    if (!entries.isEmpty()) {
      throw new ChainConfigException(
          tree.where(),
          "%s has 'steps' and 'at-end', but not '%s'"
              .formatted(what, entries.keySet().iterator().next()));
    }
    return new ProcessorConfig(
        name,
        steps == null ? List.of() : steps(what, steps),
        text(atEnd, what + ": 'at-end'", "the name of a processor, 'drop' or 'keep'"),
        tree.where());
  }

  private static List<StepConfig> steps(String processor, ConfigTree tree) {
    if (!(tree instanceof ConfigTree.Items(List<ConfigTree> items, _))) {
      throw wrong(tree, processor + ": 'steps'", "a list of steps");
    }
    List<StepConfig> steps = new ArrayList<>();
    Map<String, Integer> uses = new LinkedHashMap<>();
    for (ConfigTree item : items) {
      String what = processor + ", step " + (steps.size() + 1);
      Map<String, ConfigTree> entries =
          new LinkedHashMap<>(block(item, what, "a block such as 'mailet: ToMailbox'"));
      ConfigTree mailet = entries.remove("mailet");
      if (mailet == null) {
        throw new ChainConfigException(item.where(), what + " names no 'mailet'");
      }
      String name = text(mailet, what + ": 'mailet'", "the name of a mailet");
      ConfigTree match = entries.remove("match");
      ConfigTree step = entries.remove("step");
      Optional<Duration> timeLimit = timeLimit(what, entries);
      String label = step == null ? name : text(step, what + ": 'step'", "a name");
      int use = uses.merge(label, 1, Integer::sum);
      if (use > 1 && step != null) {
        throw new ChainConfigException(
            item.where(), processor + " has two steps that are called " + label);
      }
      steps.add(
          new StepConfig(
              use == 1 ? label : label + "-" + use,
              Optional.ofNullable(match),
              name,
              entries,
              timeLimit,
              item.where()));
    }
    return steps;
  }

  private static Optional<Duration> timeLimit(String what, Map<String, ConfigTree> entries) {
    ConfigTree written = entries.remove(TIME_LIMIT);
    if (written == null) {
      return Optional.empty();
    }
    try {
      Optional<Duration> limit =
          ParameterReader.read(
                  General.class,
                  new Written(Map.of(TIME_LIMIT, written.plain()), List.of(), Set.of()))
              .timeLimit();
      if (limit.filter(Duration::isPositive).isEmpty()) {
        throw new ParameterException("'time-limit' should be more than nothing");
      }
      return limit;
    } catch (ParameterException e) {
      throw new ChainConfigException(written.where(), what + ": " + e.getMessage());
    }
  }

  private static Map<String, ConfigTree> block(ConfigTree tree, String what, String expected) {
    if (tree instanceof ConfigTree.Block(Map<String, ConfigTree> entries, _)) {
      return entries;
    }
    throw wrong(tree, what, expected);
  }

  private static String text(ConfigTree tree, String what, String expected) {
    if (tree instanceof ConfigTree.Text(String text, _) && !text.isEmpty()) {
      return text;
    }
    throw wrong(tree, what, expected);
  }

  private static ChainConfigException wrong(ConfigTree tree, String what, String expected) {
    return new ChainConfigException(
        tree.where(), "%s is %s, but should be %s".formatted(what, tree.words(), expected));
  }
}
