package org.posthorn.storage.search;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;

/// Where the index lies: a folder, or memory. Guarded by whoever holds the index.
final class IndexPlace {
  private final Optional<Path> folder;
  private volatile @Nullable Directory directory;

  private IndexPlace(Optional<Path> folder) {
    this.folder = folder;
  }

  static IndexPlace in(Path folder) {
    return new IndexPlace(Optional.of(folder));
  }

  static IndexPlace inMemory() {
    return new IndexPlace(Optional.empty());
  }

  /// Whether there was something to delete.
  static boolean delete(Path leftOver) {
    if (!Files.isDirectory(leftOver)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(leftOver)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
      return true;
    } catch (IOException | UncheckedIOException e) {
      throw new StorageUnavailable(
          "The search index in %s has words of messages in clear that must not lie there any more, and cannot be deleted: delete the folder, then start again"
              .formatted(leftOver),
          e);
    }
  }

  /// Whether there is something; without opening it. Any thread may ask.
  boolean exists() {
    return folder.map(path -> Files.isDirectory(path)).orElse(directory != null);
  }

  synchronized Directory directory() throws IOException {
    Directory now = directory;
    if (now == null) {
      now = folder.isPresent() ? FSDirectory.open(folder.get()) : new ByteBuffersDirectory();
      directory = now;
    }
    return now;
  }

  long sizeBytes() throws IOException {
    if (!exists()) {
      return 0;
    }
    long sum = 0;
    Directory now = directory();
    for (String file : now.listAll()) {
      try {
        sum += now.fileLength(file);
      } catch (FileNotFoundException | NoSuchFileException _) {
        // Merged away in the meantime.
      }
    }
    return sum;
  }

  /// Also when somebody has deleted the folder.
  void clear() throws IOException {
    if (folder.isPresent()) {
      Files.createDirectories(folder.get());
    }
    Directory now = directory();
    for (String file : now.listAll()) {
      now.deleteFile(file);
    }
  }

  void close() throws IOException {
    Directory now = directory;
    if (now != null) {
      now.close();
    }
  }

  /// Whether files that were to be opened are damaged, or of a form that nobody here knows.
  static boolean isUnreadable(Exception e) {
    return isDamage(e) || e instanceof EOFException || e instanceof IllegalArgumentException;
  }

  /// Whether the files are not as they should be; all else may pass.
  static boolean isDamage(Exception e) {
    return e instanceof CorruptIndexException
        || e instanceof IndexFormatTooNewException
        || e instanceof IndexFormatTooOldException
        || e instanceof FileNotFoundException
        || e instanceof NoSuchFileException;
  }
}
