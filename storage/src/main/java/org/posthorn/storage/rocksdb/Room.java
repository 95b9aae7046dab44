package org.posthorn.storage.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Whether there is room for opening the rows again, so that they are not closed in vain: what can
/// be read is read meanwhile. Used by one thread at a time.
final class Room {
  /// What must be free beside what the log holds.
  private static final long SPARE_BYTES = 4 << 20;

  /// So many files RocksDB opens at once, and some more.
  private static final int FILES = 48;

  private final Path directory;

  Room(Path directory) {
    this.directory = directory;
  }

  boolean isThereAfter(Trouble trouble) {
    try {
      return switch (trouble) {
        case TOO_MANY_FILES -> areFilesToHave();
        case OVER_QUOTA -> isRoomToHave();
        case FULL, DAMAGED, UNSETTLED -> Files.getFileStore(directory).getUsableSpace() > bytes();
      };
    } catch (IOException _) {
      return false;
    }
  }

  private long bytes() throws IOException {
    return CommitLog.bytes(directory) + SPARE_BYTES;
  }

  private boolean areFilesToHave() throws IOException {
    List<InputStream> open = new ArrayList<>();
    try {
      for (int i = 0; i < FILES; i++) {
        open.add(Files.newInputStream(directory.resolve("FORMAT")));
      }
      return true;
    } finally {
      for (InputStream one : open) {
        one.close();
      }
    }
  }

  /// What a quota leaves is not told to programs: it takes a try.
  private boolean isRoomToHave() throws IOException {
    Path probe = directory.resolve("room.probe");
    byte[] piece = new byte[1 << 20];
    new Random(1).nextBytes(piece); // Which no file system packs.
    try (OutputStream out = Files.newOutputStream(probe)) {
      for (long left = bytes(); left > 0; left -= piece.length) {
        out.write(piece);
      }
      return true;
    } finally {
      Files.deleteIfExists(probe);
    }
  }
}
