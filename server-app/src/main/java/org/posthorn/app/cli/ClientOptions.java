package org.posthorn.app.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What every command that talks to a server takes, and how it answers: for people, or as JSON.
final class ClientOptions {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final JsonMapper mapper = JsonMapper.builder().build();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "The server's data directory.",
        "Default: $POSTHORN_DATA, /var/lib/posthorn or ~/.local/share/posthorn."
      })
  private @Nullable Path data;

  @Option(names = "--json", description = "Answer in JSON, for programs.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  Path data() {
    return DataDirectories.data(data);
  }

  AdminClient client() {
    return new AdminClient(data(), mapper);
  }

  /// For what every server answers at once, unless it hangs.
  AdminClient promptClient() {
    return client().within(PATIENCE);
  }

  boolean json() {
    return json;
  }

  JsonMapper mapper() {
    return mapper;
  }

  Output output() {
    return new Output(writer());
  }

  /// Prints the answer as it is with `--json`, and otherwise as `forPeople` does.
  void show(JsonNode answer, Consumer<Output> forPeople) {
    if (json) {
      output().line(answer.toPrettyString());
    } else {
      forPeople.accept(output());
    }
  }

  void done(JsonNode answer, String sentence) {
    show(answer, out -> out.line(sentence));
  }

  private PrintWriter writer() {
    if (spec == null) {
      throw new IllegalStateException("Not mixed in");
    }
    return spec.commandLine().getOut();
  }
}
