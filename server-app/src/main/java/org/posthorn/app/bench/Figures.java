package org.posthorn.app.bench;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// What was measured, in the order of telling. Used by one thread.
final class Figures {
  private final Map<String, Figure> figures = new LinkedHashMap<>();

  private record Figure(double value, String unit, String label) {}

  Figures add(String key, String label, long value) {
    return add(key, label, (double) value, "");
  }

  /// `key` is the name in JSON, `label` what a person reads.
  Figures add(String key, String label, double value, String unit) {
    figures.put(key, new Figure(value, unit, label));
    return this;
  }

  Figures addMillis(String key, String label, Duration time) {
    return add(key, label, time.toNanos() / 1e6, "ms");
  }

  Figures addLatencies(String what, Latencies latencies) {
    addMillis("p50Millis", what + ", half within", latencies.within(0.5));
    addMillis("p95Millis", what + ", 95 % within", latencies.within(0.95));
    return addMillis("p99Millis", what + ", 99 % within", latencies.within(0.99));
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      Map<String, Object> values = new LinkedHashMap<>();
      figures.forEach((key, figure) -> values.put(key, rounded(figure.value)));
      out.println(JsonMapper.shared().writeValueAsString(values));
    } else {
      int width = figures.values().stream().mapToInt(f -> f.label.length()).max().orElse(0);
      figures
          .values()
          .forEach(figure ->
              out.printf(
                  Locale.ROOT,
                  "%-" + width + "s  %12s %s%n",
                  figure.label,
                  text(figure.value),
                  figure.unit));
    }
    out.flush();
  }

  private static Object rounded(double value) {
    double round = Math.rint(value * 10_000) / 10_000;
    return round == Math.rint(round) ? (Object) (long) round : (Object) round;
  }

  private static String text(double value) {
    String form =
        value == Math.rint(value) || value >= 1_000 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f";
    return String.format(Locale.ROOT, form, value);
  }
}
