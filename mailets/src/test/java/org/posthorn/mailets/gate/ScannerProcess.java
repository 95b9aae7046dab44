package org.posthorn.mailets.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/// A scanner that others have made, as a process of its own that listens.
record ScannerProcess(Process process, Path log) implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Listens at `place` when this returns.
  static ScannerProcess start(Path log, String place, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    var scanner = new ScannerProcess(process, log);
    var at = Remote.Place.of("at", place);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      try (SocketChannel channel = at.channel()) {
        channel.connect(at.address());
        return scanner;
      } catch (IOException _) {
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
        LockSupport.parkNanos(10_000_000);
      }
    }
    scanner.close();
    throw new IOException("It does not listen: " + Files.readString(log));
  }

  static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /// A file of the test's resources, in `directory`.
  static Path resource(Path directory, String name) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream source = ScannerProcess.class.getResourceAsStream(name)) {
      Files.copy(Objects.requireNonNull(source), file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }
}
