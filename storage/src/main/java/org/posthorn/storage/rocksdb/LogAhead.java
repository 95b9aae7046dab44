package org.posthorn.storage.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps zeroes ahead of where RocksDB writes its log, so that the sync of a small write need not
/// write down as well that the file has grown. RocksDB goes on where it stopped, whatever stands
/// there, reads zeroes as the end, and cuts them off when it begins the next file. Used by whoever
/// writes, who thereby is alone: otherwise zeroes could fall on what is being written.
final class LogAhead {
  private static final Logger log = LoggerFactory.getLogger(LogAhead.class);

  /// They are written with the next sync, so there are not too many at once.
  private static final int STEP_BYTES = 512 << 10;

  /// Of a write of many bytes the sync of their number is a small part, and zeroes would double
  /// them.
  private static final int SMALL_WRITE_BYTES = 16 << 10;

  /// What RocksDB adds to a small write, at most.
  private static final int FRAME_BYTES = 32;

  private final Path directory;
  private final ByteBuffer zeroes = ByteBuffer.allocateDirect(STEP_BYTES);

  /// So much may be written before there have to be more of them. A guess, since RocksDB begins a
  /// new file when it likes: the next ones come a little late then.
  private long room;

  LogAhead(Path directory) {
    this.directory = directory;
  }

  /// Before so many bytes are written. Where it does not go, the log grows as it is written.
  void prepare(long bytes) {
    room -= bytes + FRAME_BYTES;
    if (room >= 0 || bytes > SMALL_WRITE_BYTES) {
      return;
    }
    room = STEP_BYTES;
    try {
      Optional<Path> newest = CommitLog.newest(directory);
      if (newest.isPresent()) {
        append(newest.get());
      }
    } catch (IOException | UncheckedIOException e) {
      log.atDebug().setCause(e).log("no-zeroes-ahead");
    }
  }

  /// Behind all that is written, which is in the file when a write returns.
  private void append(Path newest) throws IOException {
    try (FileChannel file = FileChannel.open(newest, StandardOpenOption.APPEND)) {
      file.write(zeroes.clear());
    }
  }
}
