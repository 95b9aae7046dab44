package org.posthorn.app.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
    name = "status",
    description = "Show whether a server runs, where it listens and how it is.",
    footer = {"", "Example:  posthorn status --json"})
final class StatusCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Override
  public Integer call() {
    JsonNode status = options.promptClient().get("/status");
    options.show(status, out -> print(out, status));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode status) {
    out.line(
        out.green("running")
            + "  version %s, process %s, for %s"
                .formatted(
                    status.path("version").asString(),
                    status.path("pid").asString(),
                    time(Duration.ofSeconds(status.path("uptimeSeconds").asLong()))));
    out.line("hostname  " + status.path("hostname").asString());
    out.line("data      " + status.path("data").asString());
    out.line("config    " + status.path("config").asString("none: all defaults"));
    out.line(
        "memory    %s resident, heap %s of %s"
            .formatted(
                Output.size(status.path("residentBytes").asLong()),
                Output.size(status.path("heapUsedBytes").asLong()),
                Output.size(status.path("heapMaxBytes").asLong())));
    for (JsonNode cache : status.path("caches")) {
      out.line(cache(cache));
    }
    out.line(
        "mail      %s domains, %s users, %s in the queue"
            .formatted(
                status.path("domains").asString(),
                status.path("users").asString(),
                status.path("queued").asString()));
    status.path("troubled").forEach(step -> out.line("step      " + StepTrouble.words(step, out)));
    status.path("leftBehind").forEach(text -> out.line("plugins   " + text.asString()));
    out.line("");
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode listener : status.path("listeners")) {
      rows.add(
          List.of(
              listener.path("name").asString(),
              listener.path("host").asString() + ":" + listener.path("port").asString(),
              listener.path("tls").asString(),
              listener.path("connections").asString()));
    }
    out.table(List.of("LISTENER", "ADDRESS", "TLS", "CONNECTIONS"), rows);
    if (!status.path("figures").isEmpty()) {
      out.line("");
      List<List<String>> figures = new ArrayList<>();
      status
          .path("figures")
          .forEach(figure -> figures.add(List.of(figure.path("name").asString(), figure(figure))));
      out.table(List.of("FIGURE", "SINCE THE START"), figures);
    }
  }

  /// What a mailet counts: `17`, `3 now`, or how long something takes.
  private static String figure(JsonNode figure) {
    if (figure.has("value")) {
      return figure.path("value").asString() + " now";
    }
    String times = figure.path("times").asString();
    return figure.has("totalMicros")
        ? "%s, half below %s, 99 %% below %s, longest %s"
            .formatted(
                times,
                micros(figure.path("halfMicros").asLong()),
                micros(figure.path("mostMicros").asLong()),
                micros(figure.path("longestMicros").asLong()))
        : times;
  }

  private static String micros(long micros) {
    return micros < 1_000
        ? micros + " µs"
        : micros < 1_000_000 ? "%.1f ms".formatted(micros / 1e3) : "%.1f s".formatted(micros / 1e6);
  }

  /// Such as `cache views 46.0 MB of 64.0 MB, 98 % found`.
  private static String cache(JsonNode cache) {
    long hits = cache.path("hits").asLong();
    long asked = hits + cache.path("misses").asLong();
    return "cache     %s %s of %s, %s"
        .formatted(
            cache.path("name").asString(),
            Output.size(cache.path("usedBytes").asLong()),
            Output.size(cache.path("maxBytes").asLong()),
            asked == 0 ? "not asked yet" : Math.round(hits * 100.0 / asked) + " % found");
  }

  private static String time(Duration time) {
    if (time.toDays() > 0) {
      return "%dd %dh".formatted(time.toDays(), time.toHoursPart());
    }
    return time.toHours() > 0
        ? "%dh %dm".formatted(time.toHours(), time.toMinutesPart())
        : "%dm %ds".formatted(time.toMinutes(), time.toSecondsPart());
  }
}
