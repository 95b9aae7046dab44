package org.posthorn.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import org.jspecify.annotations.Nullable;

/// The folder that a server keeps everything in, locked while it is open so that two servers cannot
/// write there. The lock ends with the process, however it ends.
public final class DataDirectory implements AutoCloseable {
  /// Who may write everywhere.
  private static final String ROOT = "root";

  private final Path path;
  private final FileChannel lock;

  /// Somebody else works in the directory.
  public static final class InUse extends IOException {
    private static final long serialVersionUID = 1L;

    InUse(Path path) {
      super(
          "Another process works in %s: if that is its server, end it with  posthorn stop --data %s"
              .formatted(path, path));
    }
  }

  private DataDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /// Makes the folder, for its owner only, if it is not there.
  public static void make(Path path) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new IOException(path + " is no folder");
    }
    if (!Files.isDirectory(path)) {
      try {
        Files.createDirectories(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (IOException e) {
        throw new IOException(FileTrouble.words(e), e);
      }
    }
  }

  /// Makes the folder, for its owner only, if it is not there. Throws [InUse].
  public static DataDirectory open(Path path) throws IOException {
    make(path);
    Path lock = path.resolve("lock");
    FileChannel channel;
    try {
      checkOwner(path, lock);
      channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (AccessDeniedException e) {
      throw denied(path, e);
    }
    if (tryLock(channel) == null) {
      channel.close();
      throw new InUse(path);
    }
    byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
    channel.truncate(0).write(ByteBuffer.wrap(pid), 0);
    return new DataDirectory(path.toRealPath(), channel);
  }

  /// Throws where only another user may work in the folder, with what to tell the operator.
  public static void checkOurs(Path path) throws IOException {
    try {
      checkOwner(path, path.resolve("lock"));
      if (!Files.isWritable(path)) {
        throw new AccessDeniedException(path.toString());
      }
    } catch (AccessDeniedException e) {
      throw denied(path, e);
    }
  }

  private static IOException denied(Path path, AccessDeniedException e) throws IOException {
    String owner;
    try {
      owner = Files.getOwner(path).getName();
    } catch (AccessDeniedException hidden) {
      return new IOException("Permission denied: " + hidden.getMessage(), hidden);
    }
    return isUs(owner)
        ? new IOException("Permission denied: " + e.getMessage(), e)
        : belongsTo(path, owner);
  }

  /// What another user writes among the files of the one that the server runs as, the server cannot
  /// use: root may write there, and must not. The first who came has made the lock; before that
  /// root is told by the folder whose it is, and others by its rights whether they may.
  private static void checkOwner(Path path, Path lock) throws IOException {
    boolean begun = Files.exists(lock);
    if (!begun && !isUs(ROOT)) {
      return;
    }
    UserPrincipal owner = Files.getOwner(begun ? lock : path);
    if (!isUs(owner.getName()) && !isOwnerOfNew(owner, path)) {
      throw belongsTo(path, owner.getName());
    }
  }

  private static boolean isUs(String user) {
    return user.equals(System.getProperty("user.name"));
  }

  /// On some file systems all files belong to one user, whoever makes them.
  private static boolean isOwnerOfNew(UserPrincipal owner, Path path) throws IOException {
    Path fresh = Files.createTempFile(path, "owner", "");
    try {
      return Files.getOwner(fresh).equals(owner);
    } finally {
      Files.delete(fresh);
    }
  }

  private static IOException belongsTo(Path path, String owner) {
    return new IOException(
        ("%s belongs to %s: run this as that user, such as  sudo -u %s posthorn …  or give all of it"
                + " to whom the server is to run as, with chown -R")
            .formatted(path, owner, owner));
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // Locked by a server in this very process.
      return null;
    }
  }

  public Path path() {
    return path;
  }

  /// Whether any user of this machine may enter it.
  boolean isOpenToOthers() throws IOException {
    return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
