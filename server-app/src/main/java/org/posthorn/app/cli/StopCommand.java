package org.posthorn.app.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
    name = "stop",
    description = "End a running server cleanly, and wait until it has ended.",
    footer = {"", "Example:  posthorn stop --data /srv/mail"})
final class StopCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Mixin private final ClientOptions options = new ClientOptions();

  @Override
  public Integer call() throws InterruptedException {
    JsonNode answer = options.promptClient().post("/stop", Map.of());
    long pid = answer.path("pid").asLong();
    try {
      var process = ProcessHandle.of(pid);
      if (process.isPresent()) {
        process.get().onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException _) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The server (process %d) was told to stop, but it has not ended after %d seconds; see its log"
              .formatted(pid, PATIENCE.toSeconds()));
    }
    options.done(answer, "Stopped.");
    return ExitCode.OK;
  }
}
