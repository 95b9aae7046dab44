package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFileTest {
  @TempDir private Path directory;

  /// The file is cut behind its back, so that one who asks the system would be told otherwise.
  @Test
  void whatItWroteItKnowsWithoutAskingTheSystem() throws IOException {
    Path path = Files.createFile(directory.resolve("file"));
    try (DataFile file = DataFile.writable(path)) {
      file.write(0, ByteBuffer.allocate(100));
      file.write(100, ByteBuffer.allocate(50).position(10));
      cut(path);
      assertThat(file.reaches(140)).isTrue();
      assertThat(file.reaches(141)).isFalse();
    }
  }

  @Test
  void writingWithinTheFileDoesNotMakeItShorter() throws IOException {
    Path path = Files.createFile(directory.resolve("file"));
    try (DataFile file = DataFile.writable(path)) {
      file.write(0, ByteBuffer.allocate(100));
      file.write(20, ByteBuffer.allocate(10));
      cut(path);
      assertThat(file.reaches(100)).isTrue();
    }
  }

  @Test
  void whatOthersWroteIsLookedUp() throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[100]);
    try (DataFile file = DataFile.readable(path)) {
      assertThat(file.reaches(101)).isFalse();
      Files.write(path, new byte[] {1}, StandardOpenOption.APPEND);
      assertThat(file.reaches(101)).isTrue();
    }
  }

  private static void cut(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }
}
