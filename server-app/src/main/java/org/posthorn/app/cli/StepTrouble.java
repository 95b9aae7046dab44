package org.posthorn.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// What is wrong with a step that is watched, in a line.
final class StepTrouble {
  private StepTrouble() {}

  /// Such as `root/Greet: mailet Greet of hello.jar is isolated until 2026-11-27 12:03:11; the last
  /// time: …`.
  static String words(JsonNode step, Output out) {
    JsonNode health = step.path("health");
    String label = step.path("step").asString();
    String place = step.path("processor").asString() + (label.isEmpty() ? "" : "/" + label);
    String until = health.path("isolatedUntil").asString("");
    List<String> state = new ArrayList<>();
    if (!until.isEmpty()) {
      state.add(out.red("is isolated until " + Times.here().show(Instant.parse(until))));
    } else if (health.path("failures").asInt() > 0) {
      state.add("failed %s lately".formatted(Counted.of(health.path("failures").asLong(), "time")));
    }
    int abandoned = health.path("abandoned").asInt();
    if (abandoned > 0) {
      state.add("has %s that were given up and still run".formatted(Counted.of(abandoned, "call")));
    }
    return "%s: %s %s%s"
        .formatted(
            place,
            health.path("what").asString(),
            String.join(", ", state),
            health.path("lastFailure").isString()
                ? "; the last time: " + health.path("lastFailure").asString()
                : "");
  }
}
