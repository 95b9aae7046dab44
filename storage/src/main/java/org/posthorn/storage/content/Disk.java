package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.posthorn.storage.system.Folders;

/// What collecting does to files, step by step; so that a test can stop between any two of them.
interface Disk {
  Disk REAL = new Disk() {};

  /// An empty file to write to, instead of one that may be there.
  default DataFile create(Path path) throws IOException {
    Files.write(
        path,
        new byte[0],
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
    return DataFile.writable(path);
  }

  default void write(DataFile file, long position, ByteBuffer bytes) throws IOException {
    file.write(position, bytes);
  }

  default void force(DataFile file) throws IOException {
    file.force();
  }

  /// Instead of a file that may be there, at once.
  default void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  default void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  default void forceDirectory(Path directory) throws IOException {
    Folders.sync(directory);
  }
}
