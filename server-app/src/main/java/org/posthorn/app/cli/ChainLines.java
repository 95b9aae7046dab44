package org.posthorn.app.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.posthorn.spool.chain.ChainGraph;
import tools.jackson.databind.JsonNode;

/// A chain as lines for a terminal: under each processor its steps, and what is at its end.
final class ChainLines {
  private ChainLines() {}

  /// `troubled` are steps that a server has trouble with, as it says it.
  static void print(ChainGraph graph, List<JsonNode> troubled, Output out) {
    for (ChainGraph.Node node : graph.nodes()) {
      out.line(
          out.bold(node.processor()) + (node.reached() ? "" : out.red("  (no way leads here)")));
      for (ChainGraph.Line line : node.lines()) {
        out.line("├─ " + step(line, out));
        troubled.stream()
            .filter(step ->
                step.path("processor").asString().equals(node.processor())
                    && step.path("step").asString().equals(line.label()))
            .forEach(step -> out.line("│    " + out.red("! ") + StepTrouble.words(step, out)));
      }
      out.line("└─ " + end(node.end(), out));
      out.line("");
    }
  }

  private static String step(ChainGraph.Line line, Output out) {
    String match = line.match().map(text -> text + out.faint(" → ")).orElse("");
    String settings =
        line.settings().stream()
            .filter(setting -> !line.targets().contains(setting.value()))
            .map(setting -> setting.name() + ": " + setting.value())
            .collect(Collectors.joining(", "));
    return match
        + line.mailet()
        + (settings.isEmpty() ? "" : out.faint("  " + settings))
        + line.targets().stream()
            .map(target -> "  ──▶ " + out.bold(target))
            .collect(Collectors.joining());
  }

  private static String end(ChainGraph.End end, Output out) {
    return switch (end) {
      case ChainGraph.End.GoesOn(String processor) -> "then  ──▶ " + out.bold(processor);
      case ChainGraph.End.Dropped _ -> "then dropped: nobody is told";
      case ChainGraph.End.Kept _ -> "then kept in the queue for you";
    };
  }
}
