package org.posthorn.app.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// Programs `smtp-sink` (of Postfix), each on a port of its own: they take mail, count it and throw
/// it away. Counting is safe for use by many threads.
final class Sinks implements AutoCloseable {
  private static final int BACKLOG = 1_000;
  private static final Duration START_MAX = Duration.ofSeconds(10);

  private final List<Process> processes = new ArrayList<>();
  private final AtomicLongArray counts;

  private Sinks(int count) {
    counts = new AtomicLongArray(count);
  }

  /// They listen on `firstPort` and the ports behind it when this returns.
  static Sinks start(String program, int firstPort, int count)
      throws IOException, InterruptedException {
    var sinks = new Sinks(count);
    try {
      for (int i = 0; i < count; i++) {
        sinks.start(program, firstPort + i);
      }
      for (int i = 0; i < count; i++) {
        awaitPort(firstPort + i);
      }
      return sinks;
    } catch (IOException | InterruptedException | RuntimeException e) {
      sinks.close();
      throw e;
    }
  }

  private void start(String program, int port) throws IOException {
    List<String> command = new ArrayList<>(List.of(program, "-c"));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody")); // It does not want to be root.
    }
    command.addAll(List.of("127.0.0.1:" + port, String.valueOf(BACKLOG)));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    int number = processes.size();
    processes.add(process);
    Thread.ofVirtual().start(() -> count(process.getInputStream(), number));
  }

  private static void awaitPort(int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(Duration.ofMillis(20));
      }
    }
  }

  /// Reads `sess=1 quit=1 mesg=5` and a carriage return, again and again.
  private void count(InputStream output, int number) {
    var word = new StringBuilder();
    try (output) {
      for (int next = output.read(); next >= 0; next = output.read()) {
        if (next == '\r' || next == ' ' || next == '\n') {
          if (word.indexOf("mesg=") == 0) {
            counts.set(number, Long.parseLong(word.substring("mesg=".length())));
          }
          word.setLength(0);
        } else {
          word.append((char) next);
        }
      }
    } catch (IOException _) {
      // It is over.
    }
  }

  /// Messages that were taken.
  long count() {
    long all = 0;
    for (int i = 0; i < counts.length(); i++) {
      all += counts.get(i);
    }
    return all;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroy);
  }
}
