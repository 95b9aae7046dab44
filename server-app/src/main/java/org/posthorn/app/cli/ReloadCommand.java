package org.posthorn.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
    name = "reload",
    description = {
      "Let a running server read its configuration and certificates again.",
      "With an error in the configuration, it goes on with the one it has. What can only change by"
          + " a restart is named."
    },
    footer = {"", "Example:  posthorn reload"})
final class ReloadCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Override
  public Integer call() {
    JsonNode answer = options.client().post("/reload", Map.of());
    options.show(
        answer,
        out -> {
          answer.path("taken").forEach(text -> out.line("Taken over: " + text.asString()));
          answer
              .path("afterRestart")
              .forEach(text -> out.line("Only after a restart: " + text.asString()));
          answer.path("leftBehind").forEach(text -> out.line("Left behind: " + text.asString()));
          answer.path("warnings").forEach(text -> out.line("Warning: " + text.asString()));
          out.line("Reloaded.");
        });
    return ExitCode.OK;
  }
}
