package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WarmFilesTest {
  private static final int FILE_BYTES = 1 << 20;

  @TempDir private Path directory;

  /// Others have a memory of their own, or are nothing else.
  @BeforeEach
  void onAFileSystemThatUsesThePageCache() throws IOException {
    assumeTrue(Set.of("ext4", "xfs", "btrfs").contains(Files.getFileStore(directory).type()));
  }

  @Test
  void theNewestStayAndTheOthersGo() throws IOException {
    var warm = new WarmFiles(3 * FILE_BYTES);
    Path[] files = new Path[6];
    for (int i = 0; i < files.length; i++) {
      files[i] = synced("file" + i);
      warm.add(files[i], FILE_BYTES);
    }
    for (int i = 0; i < files.length; i++) {
      assertThat(isInMemory(files[i])).as("file %d", i).isEqualTo(i >= 3);
    }
  }

  @Test
  void theLastOneStaysHoweverLargeItIs() throws IOException {
    var warm = new WarmFiles(FILE_BYTES / 2);
    Path first = synced("first");
    warm.add(first, FILE_BYTES);
    assertThat(isInMemory(first)).isTrue();
  }

  @Test
  void aFileThatIsGoneIsNoTrouble() throws IOException {
    var warm = new WarmFiles(0);
    Path gone = synced("gone");
    warm.add(gone, FILE_BYTES);
    Files.delete(gone);
    Path last = synced("last");
    warm.add(last, FILE_BYTES);
    assertThat(isInMemory(last)).isTrue();
  }

  private Path synced(String name) throws IOException {
    Path path = directory.resolve(name);
    byte[] bytes = new byte[FILE_BYTES];
    new Random(1).nextBytes(bytes);
    Files.write(path, bytes);
    try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    return path;
  }

  private static boolean isInMemory(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      return file.map(FileChannel.MapMode.READ_ONLY, 0, FILE_BYTES).isLoaded();
    }
  }
}
