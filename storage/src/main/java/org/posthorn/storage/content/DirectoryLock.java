package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.FormatFiles;

/// A directory that one process uses, and whose form is known: its file `FORMAT` says it, and is
/// locked as long as the directory is in use.
final class DirectoryLock implements AutoCloseable {
  private static final String FORMAT = "FORMAT";
  private static final int FORMAT_BYTES_MAX = 100;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /// Makes the directory when there is none. One of an older form, of the same length, is of the
  /// new one from now on; of any other, it is left untouched.
  static DirectoryLock take(Path directory, String format, String... older) {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve(FORMAT),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      try {
        lock(channel, directory);
        check(channel, directory, format, older);
        return new DirectoryLock(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + directory, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot let go of a lock", e);
    }
  }

  private static void lock(FileChannel channel, Path directory) throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      locked = false;
    }
    if (!locked) {
      throw new StorageUnavailable(
          "Another Posthorn runs on this data directory: it holds " + directory);
    }
  }

  private static void check(FileChannel channel, Path directory, String format, String... older)
      throws IOException {
    var bytes = ByteBuffer.allocate(FORMAT_BYTES_MAX);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    // Damaged bytes are shown too. What a loss of power left of the first start is written again.
    String found =
        new String(bytes.array(), 0, bytes.position(), ISO_8859_1).replaceFirst("\\x00+$", "");
    if (found.equals(format)) {
      return;
    }
    if (!format.startsWith(found) && Stream.of(older).noneMatch(old -> old.startsWith(found))) {
      throw new StorageUnavailable(
          FormatFiles.mismatch(directory.resolve(FORMAT), "contents", found, format));
    }
    channel.write(ByteBuffer.wrap(format.getBytes(US_ASCII)), 0);
    channel.force(true);
  }
}
