package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.SystemErrors;

/// Whether contents can be written: as the last one fared, and where that was long ago, or there
/// was none, as the disk has room. Safe for use by many threads.
final class Writability {
  /// A disk with less is as good as full.
  private static final long ROOM_BYTES = 4 << 20;

  /// For so long the last content says how it is. It knows what the disk does not tell: of quotas,
  /// and of room for some.
  private static final long FRESH_NANOS = 60_000_000_000L;

  private static final String FULL = "The disk is full: free space on it";

  private final Path directory;
  private final LongSupplier nanos;
  private volatile @Nullable Tried last;

  private record Tried(Optional<String> trouble, long atNanos) {}

  Writability(Path directory, LongSupplier nanos) {
    this.directory = directory;
    this.nanos = nanos;
  }

  /// A content was written.
  void worked() {
    last = new Tried(Optional.empty(), nanos.getAsLong());
  }

  /// What whoever wants to write one is told of this.
  StorageUnavailable failed(IOException e) {
    StorageUnavailable why =
        SystemErrors.isFull(String.valueOf(e.getMessage()))
            ? StorageUnavailable.full(FULL, e)
            : new StorageUnavailable("A content cannot be written", e);
    last = new Tried(Optional.of(String.valueOf(why.getMessage())), nanos.getAsLong());
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
