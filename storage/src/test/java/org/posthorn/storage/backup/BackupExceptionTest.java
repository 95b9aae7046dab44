package org.posthorn.storage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class BackupExceptionTest {
  /// Java's own messages are the names of the files alone.
  @Test
  void saysWhyAFileCannotBeUsed() {
    assertThat(new BackupException.Failed("Cannot use it", new AccessDeniedException("/a/b")))
        .hasMessage("Cannot use it: permission denied: /a/b");
    assertThat(new BackupException.Failed("Cannot use it", new NoSuchFileException("/a/b")))
        .hasMessage("Cannot use it: there is no /a/b");
    assertThat(
            new BackupException.Failed(
                "Cannot use it", new FileSystemException("/a/b", null, "Is a directory")))
        .hasMessage("Cannot use it: /a/b: Is a directory");
  }
}
