package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.SystemErrors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether contents can be written: as the last one fared, and where that was long ago, or there
/// was none, as the disk has room. It is logged when that begins and when it is over. Safe for use
/// by many threads.
final class Writability {
  private static final Logger log = LoggerFactory.getLogger(Writability.class);

  /// A disk with less is as good as full.
  private static final long ROOM_BYTES = 4 << 20;

  /// For so long the last content says how it is. It knows what the disk does not tell: of quotas,
  /// and of room for some.
  private static final long FRESH_NANOS = 60_000_000_000L;

  private static final String FULL = "The disk is full: free space on it";

  private final Path directory;
  private final LongSupplier nanos;
  private volatile @Nullable Tried last;

  /// Whether it was told that none can be written.
  private final AtomicBoolean stopped = new AtomicBoolean();

  private record Tried(Optional<String> trouble, long atNanos) {}

  Writability(Path directory, LongSupplier nanos) {
    this.directory = directory;
    this.nanos = nanos;
  }

  /// A content was written. That a small one finds a place on a full disk ends nothing.
  void worked() {
    last = new Tried(Optional.empty(), nanos.getAsLong());
    if (stopped.get() && hasRoom() && stopped.compareAndSet(true, false)) {
      log.atWarn().log("content-go-on");
    }
  }

  /// What whoever wants to write one is told of this.
  StorageUnavailable failed(IOException e) {
    String message = String.valueOf(e.getMessage());
    StorageUnavailable why =
        SystemErrors.isFull(message)
            ? StorageUnavailable.full(FULL, e)
            : new StorageUnavailable("A content cannot be written", e);
    last = new Tried(Optional.of(String.valueOf(why.getMessage())), nanos.getAsLong());
    if (!SystemErrors.areTooManyFiles(message) && stopped.compareAndSet(false, true)) {
      log.atError().addKeyValue("why", why.getMessage()).setCause(e).log("content-stopped");
    }
    return why;
  }

  /// Why none can be written now, in words for the operator.
  Optional<String> whyNot() {
    Tried tried = last;
    if (tried != null && nanos.getAsLong() - tried.atNanos < FRESH_NANOS) {
      return tried.trouble;
    }
    return hasRoom() ? Optional.empty() : Optional.of(FULL);
  }

  private boolean hasRoom() {
    try {
      return Files.getFileStore(directory).getUsableSpace() >= ROOM_BYTES;
    } catch (IOException _) {
      return true; // As far as anybody knows.
    }
  }
}
