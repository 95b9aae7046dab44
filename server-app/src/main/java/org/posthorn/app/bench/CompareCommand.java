package org.posthorn.app.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sets the figures of two servers side by side.
@Command(
    name = "compare",
    description = {
      "Show the medians of two servers, and how many times the second is the first.",
      "Reads files SERVER.DRIVER.ROUND.json in a folder, as --json printed them; writes",
      "figures.json there."
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FOLDER", description = "Where the files are.")
  private Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "OTHER", description = "The first server's name.")
  private String other = "";

  @Parameters(index = "2", paramLabel = "OURS", description = "The second server's name.")
  private String ours = "";

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Map<String, Map<String, Double>> first = medians(other);
    Map<String, Map<String, Double>> second = medians(ours);
    out.printf("%-10s %-22s %14s %14s %9s%n", "DRIVER", "FIGURE", other, ours, "RATIO");
    first.forEach(
        (driver, figures) ->
            figures.forEach(
                (figure, value) -> {
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
    return 0;
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
    all.forEach(
        (driver, figures) -> {
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
