package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.Folders;

/// The folder of a [SegmentContentStore], seen before that is opened.
public final class ContentFolder {
  private final Path directory;

  public ContentFolder(Path directory) {
    this.directory = directory;
  }

  /// Makes it as one that holds nothing, durably.
  public void make() {
    try {
      SegmentContentStore.lock(directory).close();
      Files.createDirectories(SegmentContentStore.segments(directory));
      Folders.sync(directory);
      Folders.sync(Objects.requireNonNull(directory.toAbsolutePath().getParent()));
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + directory, e);
    }
  }

  /// What is not there although it was made before anything was kept: the folder, its file `FORMAT`
  /// or the folder of segments; or that is empty and was not. What may not be seen is not missing.
  public Optional<Path> missing() {
    Path format = directory.resolve("FORMAT");
    Path segments = SegmentContentStore.segments(directory);
    if (Files.notExists(directory) || (Files.notExists(format) && Files.notExists(segments))) {
      return Optional.of(directory);
    }
    if (Files.notExists(format)) {
      return Optional.of(format);
    }
    boolean none = Files.notExists(segments) || (hadSegments() && !hasAny(segments));
    return none ? Optional.of(segments) : Optional.empty();
  }

  /// What would say that the folder of large contents is the one that it was, where none does.
  public Optional<Path> largeMissing() {
    LargeFolder large = LargeFolder.of(directory);
    return large.isMissing() ? Optional.of(large.sign()) : Optional.empty();
  }

  /// Since the newest one is never collected, there is always one then.
  private boolean hadSegments() {
    return NewestSegment.of(directory).number().isPresent();
  }

  /// Whether there is any segment or large content.
  public boolean hasAny() {
    return hasAny(SegmentContentStore.segments(directory))
        || hasAny(SegmentContentStore.large(directory));
  }

  static boolean hasAny(Path folder) {
    if (Files.notExists(folder)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{segment,content}")) {
      return files.iterator().hasNext();
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + folder, e);
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
