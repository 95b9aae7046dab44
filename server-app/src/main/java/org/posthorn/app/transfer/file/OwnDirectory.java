package org.posthorn.app.transfer.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.posthorn.app.transfer.frame.Frame;

/// A directory that an export may write to: a new one, an empty one, or that of an export of ours
/// that is gone on with. What is made in it is for its owner only.
public final class OwnDirectory {
  private static final FileAttribute<?> FOR_OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final FileAttribute<?> FILE_FOR_OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private OwnDirectory() {}

  public static void claim(Path directory) throws IOException {
    make(directory);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      if (entries.iterator().hasNext() && !Files.exists(directory.resolve(ExportedMailbox.FILE))) {
        throw new FileAlreadyExistsException(
            directory + " is not empty: name a new directory, so that nothing is mixed up");
      }
    }
  }

  public static void make(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, FOR_OWNER);
    }
  }

  /// A file for its owner only, wherever it lies; what was in it goes.
  public static OutputStream file(Path file) throws IOException {
    Files.deleteIfExists(file);
    return Channels.newOutputStream(
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE_FOR_OWNER));
  }

  /// Writes what other formats have no place for.
  public static void describe(Path directory, List<Frame.Folder> folders) throws IOException {
    var mailboxes = new ArrayList<ExportedMailbox>();
    for (Frame.Folder folder : folders) {
      mailboxes.add(new ExportedMailbox(folder.name(), folder.use(), folder.subscribed()));
    }
    Files.write(directory.resolve(ExportedMailbox.FILE), ExportedMailbox.write(mailboxes));
  }
}
