package org.posthorn.storage.system;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Folders of the file system.
public final class Folders {
  private Folders() {}

  /// Returns when the names that are in it, and no others, are on the disk. What the files hold is
  /// synced by whoever writes them. Throws [SyncFailed] when that was tried in vain.
  public static void sync(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      SyncFailed.orForce(channel, true);
    }
  }
}
