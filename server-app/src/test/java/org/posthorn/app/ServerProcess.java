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
  private static final String POSTHORN = "org.posthorn.app.cli.Posthorn";

  private static final String HEAP = "-Xmx256m";

  private final Process process;
  private final Path data;
  private final Map<String, Integer> ports = new HashMap<>();

  private ServerProcess(Process process, Path data) {
    this.process = process;
    this.data = data;
  }

  /// Serves when it returns.
  static ServerProcess start(Path data, String... settings) throws IOException {
    return serving(launch(data, settings), data);
  }

  /// The same with so little memory.
  static ServerProcess startSmall(Path data, int heapMegabytes, String... settings)
      throws IOException {
    List<String> command = new ArrayList<>(program(POSTHORN));
    command.set(command.indexOf(HEAP), "-Xmx" + heapMegabytes + "m");
    return serving(started(starting(command, data, settings)), data);
  }

  /// The same with time going by fast: see [HastyServer].
  static ServerProcess startHasty(Path data, List<String> settings) throws IOException {
    List<String> command = new ArrayList<>(program(HastyServer.class.getName()));
    command.add(data.toString());
    command.add("log.level=warn");
    command.addAll(TestServer.SETTINGS);
    command.addAll(settings);
    return serving(started(command), data);
  }

  private static ServerProcess serving(Process process, Path data) throws IOException {
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
  static void killWhileStarting(Path data, int millis, List<String> settings)
      throws IOException, InterruptedException {
    Process process = launch(data, settings.toArray(String[]::new));
    boolean _ = process.waitFor(millis, TimeUnit.MILLISECONDS);
    process.destroyForcibly().waitFor();
  }

  /// SIGKILL to a command so many milliseconds after its begin, if it is not done by then; whether
  /// it ended well.
  static boolean killCommand(int millis, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program(POSTHORN));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    boolean _ = process.waitFor(millis, TimeUnit.MILLISECONDS);
    return process.destroyForcibly().waitFor() == 0;
  }

  /// What starts a program, without its arguments.
  private static List<String> program(String main) {
    List<String> command = new ArrayList<>(InstalledProgram.java());
    command.addAll(List.of(HEAP, main));
    return command;
  }

  private static Process launch(Path data, String... settings) throws IOException {
    return started(starting(new ArrayList<>(program(POSTHORN)), data, settings));
  }

  private static List<String> starting(List<String> command, Path data, String... settings) {
    command.addAll(
        List.of("start", "--json", "--data", data.toString(), "--set", "log.level=warn"));
    TestServer.SETTINGS.forEach(setting -> command.addAll(List.of("--set", setting)));
    List.of(settings).forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }

  private static Process started(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  int port(String listener) {
    return Objects.requireNonNull(ports.get(listener));
  }

  WireClient connect(String listener) throws IOException {
    return WireClient.connect(port(listener));
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
