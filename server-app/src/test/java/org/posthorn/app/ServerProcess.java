package org.posthorn.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server in a process of its own, which can be killed.
final class ServerProcess implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Process process;
  private final Path data;
  private final Map<String, Integer> ports = new HashMap<>();

  private ServerProcess(Process process, Path data) {
    this.process = process;
    this.data = data;
  }

  /// Serves when it returns.
  static ServerProcess start(Path data, String... settings) throws IOException {
    Process process = launch(data, settings);
    var server = new ServerProcess(process, data);
    var reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = reader.readLine();
    if (line == null) {
      throw new IOException("The server did not start");
    }
    for (JsonNode listener : JSON.readTree(line)) {
      server.ports.put(listener.path("name").asString(), listener.path("port").asInt());
    }
    return server;
  }

  /// SIGKILL so many milliseconds after the begin.
  static void killWhileStarting(Path data, int millis) throws IOException, InterruptedException {
    Process process = launch(data);
    boolean _ = process.waitFor(millis, TimeUnit.MILLISECONDS);
    process.destroyForcibly().waitFor();
  }

  /// What starts `posthorn`, without its arguments.
  static List<String> program() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx256m",
        "--enable-native-access=ALL-UNNAMED",
        "-Dguice_bytecode_gen_option=DISABLED",
        "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        "org.posthorn.app.cli.Posthorn");
  }

  private static Process launch(Path data, String... settings) throws IOException {
    List<String> command = new ArrayList<>(program());
    command.addAll(
        List.of("start", "--json", "--data", data.toString(), "--set", "log.level=warn"));
    TestServer.SETTINGS.forEach(setting -> command.addAll(List.of("--set", setting)));
    List.of(settings).forEach(setting -> command.addAll(List.of("--set", setting)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  WireClient connect(String listener) throws IOException {
    return WireClient.connect(Objects.requireNonNull(ports.get(listener)));
  }

  WireClient imap(String user) throws IOException {
    WireClient client = connect("imap");
    client.line();
    client.imap("LOGIN " + user + "@example.org secret");
    client.imap("SELECT INBOX");
    return client;
  }

  /// Waits until every mail has gone its way.
  void awaitEmptyQueue() throws InterruptedException {
    var admin = new AdminClient(data, JSON);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (admin.get("/status").path("queued").asLong() > 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("The queue does not empty: " + admin.get("/queue"));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /// SIGKILL.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// SIGTERM; the exit status.
  int terminate() {
    process.destroy();
    return awaitEnd();
  }

  int awaitEnd() {
    return process.onExit().join().exitValue();
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
