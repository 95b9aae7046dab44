package org.posthorn.app.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.posthorn.spool.chain.ChainGraph;

/// A chain as a picture (SVG): a box for each processor, from left to right as mail goes, and
/// arrows from the step that sends it on. Used by one thread.
final class ChainSvg {
  private static final int LINE = 20;
  private static final int PADDING = 12;
  private static final int GAP_ACROSS = 90;
  private static final int GAP_DOWN = 30;

  /// A little more than the letters of a usual monospaced font take.
  private static final double LETTER = 7.9;

  private final StringBuilder svg = new StringBuilder();
  private final Map<String, Box> boxes = new LinkedHashMap<>();

  private record Box(ChainGraph.Node node, List<String> texts, int x, int y, int width) {
    int height() {
      return (texts.size() + 1) * LINE + 2 * PADDING;
    }

    /// The middle of a line; 0 is the title.
    int middleOf(int line) {
      return y + PADDING + line * LINE + LINE / 2;
    }
  }

  private ChainSvg() {}

  static String of(ChainGraph graph) {
    return new ChainSvg().draw(graph);
  }

  private String draw(ChainGraph graph) {
    place(graph);
    int width = boxes.values().stream().mapToInt(box -> box.x + box.width).max().orElse(0);
    int height = boxes.values().stream().mapToInt(box -> box.y + box.height()).max().orElse(0);
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" font-family="monospace" font-size="13">
        <defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#456"/></marker></defs>
        <rect width="100%%" height="100%%" fill="white"/>
        """
            .formatted(width + GAP_DOWN, height + GAP_DOWN));
    boxes.values().forEach(this::box);
    boxes.values().forEach(this::arrows);
    return svg.append("</svg>\n").toString();
  }

  /// Columns by how many processors lie before; what no way leads to comes last.
  private void place(ChainGraph graph) {
    Map<String, Integer> columns = columns(graph);
    Map<Integer, List<ChainGraph.Node>> byColumn = new HashMap<>();
    for (ChainGraph.Node node : graph.nodes()) {
      byColumn
          .computeIfAbsent(columns.getOrDefault(node.processor(), 0), _ -> new ArrayList<>())
          .add(node);
    }
    int x = GAP_DOWN;
    for (int column = 0; column < byColumn.size(); column++) {
      int y = GAP_DOWN;
      int widest = 0;
      for (ChainGraph.Node node : byColumn.getOrDefault(column, List.of())) {
        List<String> texts = texts(node);
        int width = width(node.processor(), texts);
        var box = new Box(node, texts, x, y, width);
        boxes.put(node.processor(), box);
        y += box.height() + GAP_DOWN;
        widest = Math.max(widest, width);
      }
      x += widest + GAP_ACROSS;
    }
  }

  private static Map<String, Integer> columns(ChainGraph graph) {
    Map<String, Integer> columns = new HashMap<>();
    Map<String, ChainGraph.Node> byName = new HashMap<>();
    graph.nodes().forEach(node -> byName.put(node.processor(), node));
    int last = 0;
    for (ChainGraph.Node start : graph.nodes()) {
      var waiting = new ArrayDeque<ChainGraph.Node>();
      if (columns.putIfAbsent(start.processor(), columns.isEmpty() ? 0 : last + 1) == null) {
        waiting.add(start);
      }
      while (!waiting.isEmpty()) {
        ChainGraph.Node node = waiting.poll();
        int next = columns.getOrDefault(node.processor(), 0) + 1;
        last = Math.max(last, next - 1);
        for (String target : node.targets()) {
          ChainGraph.Node there = byName.get(target);
          if (there != null && columns.putIfAbsent(target, next) == null) {
            waiting.add(there);
          }
        }
      }
    }
    return columns;
  }

  private static List<String> texts(ChainGraph.Node node) {
    List<String> texts = new ArrayList<>();
    for (ChainGraph.Line line : node.lines()) {
      texts.add(line.match().map(match -> match + " → ").orElse("") + line.mailet());
    }
    texts.add(
        switch (node.end()) {
          case ChainGraph.End.GoesOn _ -> "then";
          case ChainGraph.End.Dropped _ -> "then dropped";
          case ChainGraph.End.Kept _ -> "then kept";
        });
    return texts;
  }

  private static int width(String title, List<String> texts) {
    int letters = Math.max(title.length(), texts.stream().mapToInt(String::length).max().orElse(0));
    return (int) (letters * LETTER) + 2 * PADDING;
  }

  private void box(Box box) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"#456\"/>%n",
            box.x,
            box.y,
            box.width,
            box.height(),
            box.node.reached() ? "#eef4fa" : "#f7e6e6"));
    text(box.x, box.middleOf(0), " font-weight=\"bold\"", box.node.processor());
    for (int i = 0; i < box.texts.size(); i++) {
      text(box.x, box.middleOf(i + 1), "", box.texts.get(i));
    }
  }

  private void text(int x, int middle, String style, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\"%s>%s</text>%n",
            x + PADDING,
            middle + 5,
            style,
            escaped(text)));
  }

  private void arrows(Box box) {
    for (int i = 0; i < box.node.lines().size(); i++) {
      for (String target : box.node.lines().get(i).targets()) {
        arrow(box, i + 1, target);
      }
    }
    if (box.node.end() instanceof ChainGraph.End.GoesOn(String target)) {
      arrow(box, box.texts.size(), target);
    }
  }

  private void arrow(Box from, int line, String target) {
    Box to = boxes.get(target);
    if (to == null) {
      return;
    }
    boolean back = to.x <= from.x;
    int x1 = from.x + from.width;
    int x2 = back ? to.x + to.width : to.x;
    int bend = GAP_ACROSS / 2;
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" stroke=\"#456\" marker-end=\"url(#tip)\"/>%n",
            x1,
            from.middleOf(line),
            x1 + bend,
            from.middleOf(line),
            back ? x2 + bend : x2 - bend,
            to.middleOf(0),
            x2,
            to.middleOf(0)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
