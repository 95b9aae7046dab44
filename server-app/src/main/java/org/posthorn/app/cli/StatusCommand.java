package org.posthorn.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
    name = "status",
    description = {
      "Show whether a server runs, where it listens and how it is.",
      "When it can write nothing, since the disk is full or has failed, the exit status is 1."
    },
    footer = {"", "Example:  posthorn status --json"})
final class StatusCommand implements Callable<Integer> {
  private static final String WRITES = "writes";
  private static final String OTHER_NAME = "certificateForAnotherName";

  @Mixin private final ClientOptions options = new ClientOptions();

  @Override
  public Integer call() {
    JsonNode status = options.promptClient().get("/status");
    options.show(status, out -> print(out, status));
    return status.has(WRITES) ? ExitCode.FAILED : ExitCode.OK;
  }

  private static void print(Output out, JsonNode status) {
    out.line(
        out.green("running")
            + "  version %s, process %s, for %s"
                .formatted(
                    status.path("version").asString(),
                    status.path("pid").asString(),
                    time(Duration.ofSeconds(status.path("uptimeSeconds").asLong()))));
    if (status.has(WRITES)) {
      out.line("writes    " + out.red(status.path(WRITES).asString()));
    }
    status.path("damagedFiles").forEach(file -> out.line("messages  " + out.red(file.asString())));
    String build =
        Stream.of("build", "commit")
            .filter(status::has)
            .map(key -> (key.equals("build") ? "" : key + " ") + status.path(key).asString())
            .collect(Collectors.joining(", "));
    if (!build.isEmpty()) {
      out.line("build     " + build);
    }
    if (status.path("programReplaced").asBoolean()) {
      out.line(
          "program   "
              + out.red("another build lies on the disk than the one that runs: restart it"));
    }
    out.line("hostname  " + status.path("hostname").asString());
    out.line("data      " + status.path("data").asString());
    out.line("config    " + config(status));
    out.line(
        "memory    %s resident, heap %s of %s%s"
            .formatted(
                Output.size(status.path("residentBytes").asLong()),
                Output.size(status.path("heapUsedBytes").asLong()),
                Output.size(status.path("heapMaxBytes").asLong()),
                status.path("memoryShort").asBoolean()
                    ? "; " + out.red("short: new mail and large mailboxes have to wait")
                    : ""));
    for (JsonNode cache : status.path("caches")) {
      out.line(cache(cache));
    }
    out.line(
        "mail      %s, %s, %s"
            .formatted(
                Counted.of(status.path("domains").asLong(), "domain"),
                Counted.of(status.path("users").asLong(), "user"),
                mail(status)));
    long waiting = status.path("networksThatWait").asLong();
    if (waiting > 0) {
      out.line(
          "logins    %s to wait after wrong passwords:  posthorn login attacks"
              .formatted(Counted.of(waiting, "network") + (waiting == 1 ? " has" : " have")));
    }
    status.path("troubled").forEach(step -> out.line("step      " + StepTrouble.words(step, out)));
    status.path("leftBehind").forEach(text -> out.line("plugins   " + text.asString()));
    status
        .path("endingCertificates")
        .forEachEntry((file, end) -> out.line("tls       " + file + ending(end.asString(), out)));
    if (status.has(OTHER_NAME)) {
      out.line("tls       " + out.red(status.path(OTHER_NAME).asString()));
    }
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

  /// Also what the file does not say, if there is one.
  private static String config(JsonNode status) {
    int set = status.path("set").size();
    return set == 0
        ? status.path("config").asString("none: all defaults")
        : "%s what --set says: %s"
            .formatted(
                status.hasNonNull("config")
                    ? status.path("config").asString() + ", and"
                    : "none, but",
                Counted.of(set, "value"));
  }

  private static String ending(String end, Output out) {
    return Instant.now().isBefore(Instant.parse(end))
        ? " ends " + end
        : " " + out.red("has EXPIRED") + ": it ended " + end;
  }

  /// Such as `12 in the queue (3 waiting, 9 outgoing), 2 in repositories`.
  private static String mail(JsonNode status) {
    String parts =
        Stream.of("waiting", "outgoing", "held")
            .filter(part -> status.path(part).asLong() > 0)
            .map(part -> Output.number(status.path(part)) + " " + part)
            .collect(Collectors.joining(", "));
    JsonNode kept = status.path("inRepositories");
    return Output.number(status.path("queued"))
        + " in the queue"
        + (parts.isEmpty() ? "" : " (" + parts + ")")
        + (kept.asLong() == 0 ? "" : ", " + Output.number(kept) + " in repositories");
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
