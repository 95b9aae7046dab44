package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.bench.BenchCommand;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The drivers of the queue.
final class QueueBenchTest {
  private static final Path SINK = Path.of("/usr/sbin/smtp-sink");

  @TempDir Path temp;

  @Test
  void aQueueIsFilledWithMailThatTheServerKnows() throws IOException {
    Path data = temp.resolve("data");
    TestServer.start(data).close();
    String said = run("fill-queue", "--data", data.toString(), "--messages", "700");
    assertThat(said).startsWith("700 messages in");
    try (TestServer server = TestServer.start(data)) {
      assertThat(server.admin().get("/status").path("queued").asInt()).isEqualTo(700);
      assertThat(server.admin().get("/queue?sender=user7@").path("mails").size()).isEqualTo(1);
    }
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), TestServer.SETTINGS),
        Optional.empty(),
        true,
        line -> assertThat(line).doesNotContainKey("problem"));
  }

  @Test
  void whatIsPassedOnIsCounted() throws IOException {
    assumeThat(SINK).isExecutable();
    int port = freePort();
    try (TestServer server =
        TestServer.start(temp.resolve("data"), "outbound.static-routes.*=127.0.0.1:" + port)) {
      server.withUsers("ann");
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      JsonNode figures =
          JsonMapper.shared()
              .readTree(
                  run(
                      "smtp-out",
                      "--json",
                      "--login",
                      "ann@example.org",
                      "--smtp-port",
                      String.valueOf(server.port("submission")),
                      "--sink-port",
                      String.valueOf(port),
                      "--sink",
                      SINK.toString(),
                      "--password-file",
                      password.toString(),
                      "--messages",
                      "40",
                      "--connections",
                      "4"));
      assertThat(figures.path("messages").asInt()).isEqualTo(40);
      assertThat(figures.path("relayedPerSecond").asDouble()).isPositive();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    assertThat(status).as("%s%s: %s", List.of(arguments), out, err).isZero();
    return out.toString();
  }
}
