package org.posthorn.app.transfer.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;

/// The files of a source: what lies below the path that an operator named, or that one file. They
/// belong to somebody whom the operator need not trust, and an import mostly runs as root. So
/// nothing leads out of there, no link and no name with `..`, and only plain files are opened: a
/// pipe would keep an import for ever. Who puts a link in place of a directory meanwhile gains
/// nothing either: each level is opened below the one above it. The path itself may be a link, for
/// the operator named it. Used by one thread.
public final class SourceFiles implements Closeable {
  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  private final Path root;

  /// The directory that a file was looked for in last.
  private Path directory;

  private @Nullable DirectoryStream<Path> open;

  public SourceFiles(Path named) throws IOException {
    this.root = named.toRealPath();
    this.directory = root;
  }

  /// Whether `path` is a link that leads out of here; it is told then.
  public boolean leadsOut(Path path, Oddities oddities) {
    if (Files.isSymbolicLink(path) && Files.exists(path)) {
      try {
        var _ = inside(path);
      } catch (IOException _) {
        oddities.add(Oddity.LEADS_OUT, path.toString());
        return true;
      }
    }
    return false;
  }

  /// Whether `path` is a directory, or a link to one that is here too.
  public boolean isDirectory(Path path) {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    try {
      return Files.isDirectory(path) && Files.isDirectory(inside(path));
    } catch (IOException _) {
      return false;
    }
  }

  /// Those of a plain file. Throws [NotTaken] for what is none, or is not here.
  public BasicFileAttributes attributes(Path file) throws IOException {
    return attributesOf(inside(file));
  }

  /// Opens a plain file; throws as [#attributes] does.
  public FileChannel open(Path file) throws IOException {
    Path real = inside(file);
    var _ = attributesOf(real);
    Optional<SecureDirectoryStream<Path>> above = above(real);
    return above.isPresent()
            && above.get().newByteChannel(real.getFileName(), READ) instanceof FileChannel channel
        ? channel
        : FileChannel.open(real, READ);
  }

  /// The same as a stream.
  public InputStream read(Path file) throws IOException {
    Path real = inside(file);
    var _ = attributesOf(real);
    Optional<SecureDirectoryStream<Path>> above = above(real);
    return above.isPresent()
        ? Channels.newInputStream(above.get().newByteChannel(real.getFileName(), READ))
        : Files.newInputStream(real);
  }

  /// The first bytes of a file that a program keeps beside mail; empty where there is none. One
  /// that cannot be read is told.
  public Optional<byte[]> beside(Path file, int maxBytes, Oddities oddities) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(file)) {
      return Optional.empty();
    }
    try (InputStream in = read(file)) {
      return Optional.of(in.readNBytes(maxBytes));
    } catch (IOException e) {
      oddities.add(NotTaken.why(e), file.toString());
    }
    return Optional.empty();
  }

  private Path inside(Path path) throws IOException {
    Path real = path.toRealPath();
    if (!real.startsWith(root)) {
      throw new NotTaken(Oddity.LEADS_OUT);
    }
    return real;
  }

  private BasicFileAttributes attributesOf(Path real) throws IOException {
    Optional<SecureDirectoryStream<Path>> above = above(real);
    BasicFileAttributeView view =
        above.isPresent()
            ? above
                .get()
                .getFileAttributeView(
                    real.getFileName(), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            : Files.getFileAttributeView(
                real, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    BasicFileAttributes attributes = view.readAttributes();
    if (!attributes.isRegularFile()) {
      throw new NotTaken(Oddity.UNREADABLE);
    }
    return attributes;
  }

  /// The directory that a file is in; empty for the source itself, and where a file system has no
  /// such thing, as in a zip, which has no links either.
  private Optional<SecureDirectoryStream<Path>> above(Path real) throws IOException {
    if (real.equals(root)) {
      return Optional.empty();
    }
    Path wanted = Objects.requireNonNull(real.getParent());
    if (open == null || !wanted.equals(directory)) {
      close();
      open = opened(wanted);
      directory = wanted;
    }
    return open instanceof SecureDirectoryStream<Path> secure
        ? Optional.of(secure)
        : Optional.empty();
  }

  @SuppressWarnings("StreamResourceLeak") // It is open as long as the next file may be beside.
  private DirectoryStream<Path> opened(Path wanted) throws IOException {
    DirectoryStream<Path> level = Files.newDirectoryStream(root);
    for (int i = root.getNameCount(); i < wanted.getNameCount(); i++) {
      if (level instanceof SecureDirectoryStream<Path> secure) {
        try (secure) {
          level = secure.newDirectoryStream(wanted.getName(i), LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
    return level;
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
