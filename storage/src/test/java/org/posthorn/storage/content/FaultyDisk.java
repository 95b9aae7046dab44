package org.posthorn.storage.content;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The disk below, with faults: what is opened through [#at] comes by here at each write, sync and
/// new name. It remembers what was not synced, so that a loss of power can take it back. As Linux
/// does, it takes the bytes of a sync that failed as written: the next one says that all is done,
/// and they are on the disk only when somebody writes them again. Safe for use by many threads.
public final class FaultyDisk extends FileSystemProvider {
  private final FileSystem files = new FaultyFiles(this);
  private final Deque<Undo> unsynced = new ArrayDeque<>();

  /// Held here, so that none is closed because nobody knows of it any more.
  private final Set<FaultyChannel> open = ConcurrentHashMap.newKeySet();

  private volatile Fault fault = (_, _) -> {};
  private volatile ReadFault readFault = (_, _, _) -> {};
  private volatile boolean tooManyOpenFiles;
  private volatile @Nullable BadSectors bad;

  /// What is done to the disk.
  public enum Step {
    WRITE,
    SYNC,
    NAME
  }

  /// What a test lets happen before a step. What it throws is what the caller gets; of a write that
  /// fails the first half is done.
  public interface Fault {
    void before(Step step, Path path) throws IOException;
  }

  /// What a test lets happen before bytes are read from a position of a file, or, with none, a
  /// folder is listed.
  public interface ReadFault {
    void before(Path path, long position, int length) throws IOException;
  }

  private record BadSectors(Path file, long from, long to) {}

  /// Something that a loss of power may take back. `file` is what has to be synced to keep it,
  /// `from` and `to` the bytes of it that were written, or 0 for a name.
  private static final class Undo {
    private final Path file;
    private final long from;
    private final long to;
    private final Takeback takeback;

    /// A sync that failed dropped it, so the next one does not keep it.
    private boolean dropped;

    Undo(Path file, long from, long to, Takeback takeback) {
      this.file = file;
      this.from = from;
      this.to = to;
      this.takeback = takeback;
    }
  }

  private interface Takeback {
    void run(Random random) throws IOException;
  }

  /// The same file or folder, through this disk.
  public Path at(Path real) {
    return new FaultyPath(files, real);
  }

  public void fault(Fault next) {
    fault = next;
  }

  public void readFault(ReadFault next) {
    readFault = next;
  }

  /// Those that were opened and not closed.
  List<Path> openFiles() {
    return open.stream().map(FaultyChannel::path).toList();
  }

  void closed(FaultyChannel channel) {
    open.remove(channel);
  }

  void reading(Path path, long position, int length) throws IOException {
    readFault.before(path, position, length);
  }

  /// Whether the process may open no file more.
  void tooManyOpenFiles(boolean now) {
    tooManyOpenFiles = now;
  }

  /// Whoever reads these bytes of a file gets an error from now on.
  public void badSectors(Path file, long from, long to) {
    bad = new BadSectors(real(file), from, to);
  }

  /// How many of `length` bytes can be read: those before the first bad sector, as Linux does it.
  int readable(Path file, long position, int length) throws IOException {
    BadSectors now = bad;
    if (now == null
        || !now.file.equals(file)
        || position + length <= now.from
        || position >= now.to) {
      return length;
    }
    if (position >= now.from) {
      throw new IOException("Input/output error");
    }
    return (int) (now.from - position);
  }

  /// What a loss of power may leave: of what was not synced anything or nothing, the last first.
  synchronized void losePower(Random random) throws IOException {
    while (!unsynced.isEmpty()) {
      unsynced.pop().takeback.run(random);
    }
  }

  void before(Step step, Path path) throws IOException {
    fault.before(step, path);
  }

  /// Before bytes of a file are written over or appended to.
  synchronized void writing(Path file, FileChannel channel, long position, int length)
      throws IOException {
    long size = channel.size();
    int old = (int) Math.max(0, Math.min(length, size - position));
    var before = ByteBuffer.allocate(old);
    while (before.hasRemaining() && channel.read(before, position + before.position()) >= 0) {}
    long end = position + length;
    for (Undo undo : unsynced) {
      if (undo.dropped && undo.file.equals(file) && undo.from >= position && undo.to <= end) {
        undo.dropped = false;
      }
    }
    unsynced.push(
        new Undo(
            file,
            position,
            end,
            random -> takeBack(file, position, before.flip(), size, length, random)));
  }

  synchronized void synced(Path file) {
    unsynced.removeIf(undo -> undo.file.equals(file) && !undo.dropped);
  }

  synchronized void notSynced(Path file) {
    for (Undo undo : unsynced) {
      undo.dropped |= undo.file.equals(file) && undo.to > 0;
    }
  }

  /// Pages reach the disk in any order: what was written is there, or is not, or is zeroes from
  /// some byte on.
  private static void takeBack(
      Path file, long position, ByteBuffer before, long size, int length, Random random)
      throws IOException {
    if (Files.notExists(file) || random.nextInt(4) == 0) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      int kept = random.nextInt(length + 1);
      if (random.nextBoolean() && position + length > size) {
        channel.write(ByteBuffer.allocate(length - kept), position + kept);
      } else {
        channel.write(before, position);
        if (channel.size() > size) {
          channel.truncate(size);
        }
      }
    }
  }

  private synchronized void named(Path path, Takeback takeback) {
    unsynced.push(
        new Undo(
            Objects.requireNonNull(path.getParent()),
            0,
            0,
            random -> {
              if (random.nextBoolean()) {
                takeback.run(random);
              }
            }));
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path file = real(path);
    if (tooManyOpenFiles) {
      throw new FileSystemException(file.toString(), null, "Too many open files");
    }
    boolean isNew = options.contains(StandardOpenOption.WRITE) && Files.notExists(file);
    if (isNew) {
      before(Step.NAME, file);
    }
    FileChannel channel = FileChannel.open(file, options, attributes);
    if (isNew) {
      named(file, _ -> Files.deleteIfExists(file));
    }
    var opened = new FaultyChannel(this, file, channel);
    open.add(opened);
    return opened;
  }

  @Override
  public FileChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    Path from = real(source);
    Path to = real(target);
    before(Step.NAME, to);
    Files.move(from, to, options);
    named(
        to,
        _ -> {
          if (Files.exists(to) && Files.notExists(from)) {
            Files.move(to, from);
          }
        });
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.delete(real(path));
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
    Files.createDirectory(real(path), attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
    reading(real(path), 0, 0);
    List<Path> chosen = new ArrayList<>();
    try (var found = Files.newDirectoryStream(real(path))) {
      for (Path one : found) {
        if (filter.accept(at(one))) {
          chosen.add(at(one));
        }
      }
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return chosen.iterator();
      }

      @Override
      public void close() {
        // It was read to its end.
      }
    };
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real(path).getFileSystem().provider().checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return Files.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return Files.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    Files.setAttribute(real(path), name, value, options);
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return Files.getFileStore(real(path));
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return Files.isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return Files.isHidden(real(path));
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  static Path real(Path path) {
    return path instanceof FaultyPath(_, Path real) ? real : path;
  }
}
