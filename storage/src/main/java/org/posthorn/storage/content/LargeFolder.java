package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.posthorn.storage.system.Folders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the folder of large contents is the one that it was. Its contents may all go, so that it
/// is empty says nothing: it gets a file as a sign, and a note outside of the folder of contents
/// says so. A folder without the sign then is another one, such as where a disk is mounted that is
/// not there today. Safe for use by many threads.
final class LargeFolder {
  private static final Logger log = LoggerFactory.getLogger(LargeFolder.class);
  private static final String SIGN = "HERE";
  private static final String NOTE = "large-contents";

  private final Path folder;
  private final Path note;

  private LargeFolder(Path folder, Path note) {
    this.folder = folder;
    this.note = note;
  }

  /// Of the contents in `directory`; the note is beside that.
  static LargeFolder of(Path directory) {
    return new LargeFolder(
        SegmentContentStore.large(directory), directory.toAbsolutePath().resolveSibling(NOTE));
  }

  /// What may not be seen is not missing.
  boolean isMissing() {
    return Files.exists(note) && Files.notExists(sign()) && !ContentFolder.hasAny(folder);
  }

  /// The file that says that it is the right one.
  Path sign() {
    return folder.resolve(SIGN);
  }

  /// This one is used. The sign is durable before the note; without them nothing is known.
  void use() {
    try {
      boolean isSigned = Files.exists(sign());
      boolean isNoted = Files.exists(note);
      if (!isSigned) {
        Files.createFile(sign());
      }
      if (!isSigned || !isNoted) {
        Folders.sync(folder);
      }
      if (!isNoted) {
        Files.createFile(note);
        Folders.sync(Objects.requireNonNull(note.getParent()));
      }
    } catch (IOException e) {
      log.atWarn().setCause(e).log("large-contents-not-noted");
    }
  }
}
