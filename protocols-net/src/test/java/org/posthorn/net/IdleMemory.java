package org.posthorn.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Measures what an idle connection costs the server: starts one in a process of its own, opens
/// connections that each say one line, and compares its live heap and resident memory before and
/// after. Not part of the suite:
///
/// `java -cp … org.posthorn.net.IdleMemory [connections]`
final class IdleMemory {
  private IdleMemory() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 2) {
      serve(arguments[1].equals("tls"));
      return;
    }
    int connections = arguments.length == 0 ? 5000 : Integer.parseInt(arguments[0]);
    for (String kind : List.of("plain", "tls")) {
      measure(kind, connections);
    }
  }

  @SuppressWarnings("SystemOut") // The result of a program.
  private static void measure(String kind, int connections) throws IOException {
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:MaxHeapFreeRatio=10",
                "-XX:MinHeapFreeRatio=5",
                "-cp",
                System.getProperty("java.class.path"),
                IdleMemory.class.getName(),
                "serve",
                kind)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var answers = server.inputReader(UTF_8);
        var questions = new PrintStream(server.getOutputStream(), true, UTF_8)) {
      int port = Integer.parseInt(answers.readLine());
      open(port, kind, 200);
      Used before = used(questions, answers);
      List<Socket> sockets = open(port, kind, connections);
      Used after = used(questions, answers);
      System.out.printf(
          "%s: %d idle connections, each %.2f KiB heap, %.2f KiB resident%n",
          kind,
          connections,
          (after.heapBytes - before.heapBytes) / 1024.0 / connections,
          (after.residentBytes - before.residentBytes) / 1024.0 / connections);
      for (Socket socket : sockets) {
        socket.close();
      }
    } finally {
      server.destroy();
    }
  }

  private record Used(long heapBytes, long residentBytes) {}

  private static Used used(PrintStream questions, BufferedReader answers) throws IOException {
    questions.println("used");
    String[] words = answers.readLine().split(" ", -1);
    return new Used(Long.parseLong(words[0]), Long.parseLong(words[1]));
  }

  private static List<Socket> open(int port, String kind, int count) throws IOException {
    var sockets = new ArrayList<Socket>();
    for (int i = 0; i < count; i++) {
      var plain = new Socket(InetAddress.getLoopbackAddress(), port);
      Socket socket = kind.equals("tls") ? TestTls.client(plain) : plain;
      socket.getOutputStream().write("a line of a client\r\n".getBytes(UTF_8));
      var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8), 64);
      lines.readLine();
      lines.readLine();
      sockets.add(socket);
    }
    return sockets;
  }

  @SuppressWarnings("SystemOut") // Answers to the other process.
  private static void serve(boolean tls) throws IOException {
    var config =
        new ListenerConfig(
            "127.0.0.1",
            0,
            tls,
            100_000,
            100_000,
            List.of(),
            Duration.ofSeconds(30),
            Duration.ofMinutes(3));
    try (var listener = Listener.open(config, new LineServer(), TestTls.server());
        var questions = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      System.out.println(listener.port());
      while (questions.readLine() != null) {
        for (int i = 0; i < 4; i++) {
          System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        System.out.println((runtime.totalMemory() - runtime.freeMemory()) + " " + resident());
      }
    }
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }
}
