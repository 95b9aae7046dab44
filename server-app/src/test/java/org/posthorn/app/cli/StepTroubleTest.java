package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class StepTroubleTest {
  /// As all other times in a terminal.
  @Test
  void theEndOfAnIsolationIsInTheZoneOfWhoeverReadsIt() {
    String until =
        LocalDateTime.parse("2026-11-30T01:47:05.159526351")
            .atZone(ZoneId.systemDefault())
            .toInstant()
            .toString();
    JsonNode step =
        JsonMapper.shared()
            .readTree(
                """
                {"processor": "root", "step": "Greet", "health": {
                  "what": "mailet Greet of hello.jar", "isolatedUntil": "%s", "failures": 10,
                  "lastFailure": "java.lang.IllegalStateException: boom", "abandoned": 2}}
                """
                    .formatted(until));
    assertThat(StepTrouble.words(step, new Output(new PrintWriter(new StringWriter()), 0)))
        .isEqualTo(
            "root/Greet: mailet Greet of hello.jar is isolated until 2026-11-30 01:47:05, has 2 calls"
                + " that were given up and still run; the last time:"
                + " java.lang.IllegalStateException: boom");
  }
}
