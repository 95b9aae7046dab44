package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.ParameterReader;

/// A chain as a picture: processors in the order of the file, and where mail can go from each.
public record ChainGraph(List<Node> nodes) {
  /// A processor. `reached`: a way leads there from `root`, or the server itself sends mail there.
  public record Node(String processor, List<Line> lines, End end, boolean reached) {
    public Node {
      lines = List.copyOf(lines);
    }

    /// All processors that mail can go to from here, each once.
    public Set<String> targets() {
      Set<String> targets = new LinkedHashSet<>();
      lines.forEach(line -> targets.addAll(line.targets()));
      if (end instanceof End.GoesOn(String processor)) {
        targets.add(processor);
      }
      return targets;
    }
  }

  /// A step: who matches, what is done, and to which processors it can send.
  public record Line(
      String label,
      Optional<String> match,
      String mailet,
      List<Setting> settings,
      List<String> targets) {
    public Line {
      settings = List.copyOf(settings);
      targets = List.copyOf(targets);
    }
  }

  /// A parameter as it was written; lists and blocks in one line.
  public record Setting(String name, String value) {}

  /// What is at the end of a processor.
  public sealed interface End {
    record GoesOn(String processor) implements End {}

    record Dropped() implements End {}

    record Kept() implements End {}
  }

  public ChainGraph {
    nodes = List.copyOf(nodes);
  }

  /// Which parameters name processors, the catalogue knows.
  public static ChainGraph of(ChainConfig config, Catalogue catalogue) {
    List<Node> nodes = new ArrayList<>();
    for (ChainConfig.ProcessorConfig processor : config.processors()) {
      List<Line> lines = processor.steps().stream().map(step -> line(step, catalogue)).toList();
      nodes.add(new Node(processor.name(), lines, end(processor.atEnd()), false));
    }
    Set<String> reached = reached(nodes);
    return new ChainGraph(
        nodes.stream()
            .map(node ->
                new Node(node.processor, node.lines, node.end, reached.contains(node.processor)))
            .toList());
  }

  private static Line line(ChainConfig.StepConfig step, Catalogue catalogue) {
    Set<String> naming =
        catalogue
            .find(step.mailet())
            .map(entry ->
                entry.parameters().stream()
                    .filter(ParameterReader.Description::isProcessor)
                    .map(ParameterReader.Description::name)
                    .collect(Collectors.toSet()))
            .orElse(Set.of());
    List<Setting> settings = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    step.parameters()
        .forEach((name, tree) -> {
          settings.add(new Setting(name, text(tree)));
          if (naming.contains(name)) {
            targets.add(text(tree));
          }
        });
    return new Line(step.label(), step.matchText(), step.mailet(), settings, targets);
  }

  private static String text(ConfigTree tree) {
    return switch (tree) {
      case ConfigTree.Text(String text, _) -> text;
      case ConfigTree.Items(List<ConfigTree> items, _) ->
          items.stream().map(ChainGraph::text).collect(Collectors.joining(", ", "[", "]"));
      case ConfigTree.Block(Map<String, ConfigTree> entries, _) ->
          entries.entrySet().stream()
              .map(entry -> entry.getKey() + ": " + text(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  private static End end(String word) {
    return switch (word) {
      case AtEnd.DROP -> new End.Dropped();
      case AtEnd.KEEP -> new End.Kept();
      default -> new End.GoesOn(word);
    };
  }

  private static Set<String> reached(List<Node> nodes) {
    Set<String> reached = new HashSet<>(Chain.REQUIRED);
    boolean more = true;
    while (more) {
      more = false;
      for (Node node : nodes) {
        if (reached.contains(node.processor)) {
          more |= reached.addAll(node.targets());
        }
      }
    }
    return reached;
  }
}
