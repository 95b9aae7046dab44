package org.posthorn.app.cli;

import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// What is wrong with a step that is watched, in a line.
final class StepTrouble {
  private StepTrouble() {}

  /// Such as `root/Greet: mailet Greet of hello.jar is isolated until 12:03:11; the last time: …`.
  static String words(JsonNode step, Output out) {
    JsonNode health = step.path("health");
    String label = step.path("step").asString();
    String place = step.path("processor").asString() + (label.isEmpty() ? "" : "/" + label);
    String until = health.path("isolatedUntil").asString("");
    String state =
        until.isEmpty()
            ? "failed %s lately".formatted(Counted.of(health.path("failures").asLong(), "time"))
            : "is isolated until " + until;
    int abandoned = health.path("abandoned").asInt();
    return "%s: %s %s%s%s"
        .formatted(
            place,
            health.path("what").asString(),
            until.isEmpty() ? state : out.red(state),
            abandoned == 0
                ? ""
                : ", still running though given up: " + Counted.of(abandoned, "call"),
            health.path("lastFailure").isString()
                ? "; the last time: " + health.path("lastFailure").asString()
                : "");
  }
}
