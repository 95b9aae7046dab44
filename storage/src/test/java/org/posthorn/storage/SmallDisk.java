package org.posthorn.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// A disk of a few megabytes that can be full: a file system in memory (tmpfs), which only root may
/// mount; for others the test is skipped.
public final class SmallDisk implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  private final Path path;

  private SmallDisk(Path path) {
    this.path = path;
  }

  public static SmallDisk mount(Path path, int mebibytes) throws IOException {
    Files.createDirectories(path);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString()),
        "Only root can mount a small file system to fill it");
    return new SmallDisk(path);
  }

  public Path path() {
    return path;
  }

  /// Leaves so many bytes.
  public void fill(long leaveBytes) throws IOException {
    try (var ballast = Files.newOutputStream(ballast())) {
      byte[] piece = new byte[PIECE_BYTES];
      while (freeBytes() > leaveBytes + PIECE_BYTES) {
        ballast.write(piece);
      }
    }
  }

  /// Takes back what [#fill] did.
  public void free() throws IOException {
    Files.delete(ballast());
  }

  /// From now on nothing can be written to it.
  public void makeReadOnly() throws IOException {
    if (!run("mount", "-o", "remount,ro", path.toString())) {
      throw new IOException(path + " cannot be made read-only");
    }
  }

  private long freeBytes() throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  private Path ballast() {
    return path.resolve("ballast");
  }

  /// Also while somebody still has a file open there.
  @Override
  public void close() throws IOException {
    boolean _ = run("umount", "-l", path.toString());
  }

  private static boolean run(String... command) throws IOException {
    try {
      Process process =
          new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
