package org.posthorn.app.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The figures of two servers side by side: the median of the rounds of each, from files
/// `SERVER.DRIVER.ROUND.json` in a folder.
record Comparison(Path folder, String other, String ours) {
  /// Prints them, and writes `figures.json` beside the files.
  void print(PrintWriter out) throws IOException {
    Map<String, Map<String, Double>> first = medians(other);
    Map<String, Map<String, Double>> second = medians(ours);
    out.printf("%-10s %-22s %14s %14s %9s%n", "DRIVER", "FIGURE", other, ours, "RATIO");
    first.forEach((driver, figures) ->
        figures.forEach((figure, value) -> {
          Double mine = second.getOrDefault(driver, Map.of()).get(figure);
          if (mine != null) {
            out.printf(
                Locale.ROOT,
                "%-10s %-22s %,14.3f %,14.3f %9s%n",
                driver,
                figure,
                value,
                mine,
                value == 0 ? "" : String.format(Locale.ROOT, "%.2f", mine / value));
          }
        }));
    out.flush();
    Files.writeString(
        folder.resolve("figures.json"),
        JsonMapper.shared().writeValueAsString(Map.of(other, first, ours, second)) + "\n");
  }

  /// For each driver and figure the median of its rounds.
  private Map<String, Map<String, Double>> medians(String server) throws IOException {
    Map<String, Map<String, List<Double>>> all = new TreeMap<>();
    try (var files = Files.newDirectoryStream(folder, server + ".*.*.json")) {
      for (Path file : files) {
        String driver = file.getFileName().toString().split("\\.", -1)[1];
        JsonNode figures = JsonMapper.shared().readTree(Files.readString(file));
        for (var figure : figures.properties()) {
          all.computeIfAbsent(driver, _ -> new TreeMap<>())
              .computeIfAbsent(figure.getKey(), _ -> new ArrayList<>())
              .add(figure.getValue().asDouble());
        }
      }
    }
    Map<String, Map<String, Double>> medians = new TreeMap<>();
    all.forEach((driver, figures) -> {
      Map<String, Double> one = new TreeMap<>();
      figures.forEach((figure, values) -> one.put(figure, median(values)));
      medians.put(driver, one);
    });
    return medians;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
