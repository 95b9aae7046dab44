package org.posthorn.storage.story;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.keys.Seal;
import org.posthorn.storage.system.Folders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stories in the files of a folder: one (`….open`) is written, at its end, and when it is large or
/// a day old the next one begins and it is made a [StoryFile] (`….story`), which nobody who appends
/// or searches waits for. Nothing that is written is synced: after a power failure the last events
/// may be missing, after a kill none is that was appended. Appended to by one thread at a time,
/// tended by another, read by many.
final class FileShelf implements StoryShelf {
  private static final Logger log = LoggerFactory.getLogger(FileShelf.class);

  /// As in [#path]; any other name is that of somebody else's file.
  private static final String NUMBER = "[0-9a-f]".repeat(16);

  private static final String OPEN = ".open";
  private static final String CLOSED = ".story";
  private static final String PART = ".part";
  private static final String DAMAGED = ".damaged";

  /// The name of a file that is there while nobody writes to the folder, if nothing is missing.
  private static final String WHOLE = "whole";

  private static final int OPEN_MAX_BYTES = 8 << 20;

  private static final int BATCH_BYTES = 64 << 10;
  private static final Duration OPEN_MAX = Duration.ofDays(1);

  private final Path folder;
  private final StoryConfig config;
  private final Optional<Seal> seal;
  private final InstantSource clock;

  /// Oldest first. Guarded by `this`, as what follows.
  private final List<StoryFile> files = new ArrayList<>();

  private @Nullable OpenStoryFile writing;

  /// Written no more, and not put away yet; oldest first.
  private final List<OpenStoryFile> full = new ArrayList<>();

  private long nextNumber;

  private boolean whole;

  private FileShelf(Path folder, StoryConfig config, Optional<Seal> seal, InstantSource clock) {
    this.folder = folder;
    this.config = config;
    this.seal = seal;
    this.clock = clock;
  }

  /// What a killed process left half written is cut off.
  static FileShelf open(Path folder, StoryConfig config, Optional<Seal> seal, InstantSource clock) {
    var shelf = new FileShelf(folder, config, seal, clock);
    try {
      Files.createDirectories(folder);
      shelf.readFolder();
      shelf.expire();
      return shelf;
    } catch (IOException e) {
      throw new StorageUnavailable("The stories in " + folder + " cannot be opened", e);
    }
  }

  private synchronized void readFolder() throws IOException {
    for (Path part : list(PART)) {
      Files.delete(part);
    }
    for (Path path : list(CLOSED)) {
      files.add(StoryFile.open(path, frames(number(path))));
      Files.deleteIfExists(path(number(path), OPEN));
    }
    for (Path path : list(OPEN)) {
      try {
        files.addAll(closed(path, number(path)).stream().toList());
        Files.delete(path);
      } catch (StorageUnavailable e) {
        setAside(path, e);
      }
    }
    files.sort(Comparator.comparingLong(StoryFile::number));
    long last = files.isEmpty() ? 0 : files.getLast().number();
    for (Path aside : list(OPEN + DAMAGED)) {
      last = Math.max(last, number(aside));
    }
    nextNumber = last + 1;
    whole = Files.exists(folder.resolve(WHOLE));
  }

  @Override
  public synchronized void append(List<StoryEntry> entries) throws IOException {
    List<byte[]> batch = new ArrayList<>();
    int batchBytes = 0;
    for (StoryEntry entry : entries) {
      byte[] piece = StoryCodec.write(entry);
      batch.add(piece);
      batchBytes += piece.length;
      if (batchBytes >= BATCH_BYTES) {
        write(batch);
        batch.clear();
        batchBytes = 0;
      }
    }
    if (!batch.isEmpty()) {
      write(batch);
    }
  }

  private void write(List<byte[]> batch) throws IOException {
    OpenStoryFile now = writing == null ? beginFile() : writing;
    now.append(batch);
    if (now.size() >= OPEN_MAX_BYTES) {
      end(now);
    }
  }

  private void end(OpenStoryFile now) {
    full.add(now);
    writing = null;
  }

  @Override
  public void tend() throws IOException {
    for (OpenStoryFile next = firstFull(); next != null; next = firstFull()) {
      try {
        putAway(next);
      } finally {
        removeTooMuch(); // Also when it failed, since the disk is full, for one.
      }
    }
  }

  private synchronized @Nullable OpenStoryFile firstFull() {
    return full.isEmpty() ? null : full.getFirst();
  }

  /// Takes the time of reading, compressing and syncing a file, so it is done beside the lock.
  private void putAway(OpenStoryFile done) throws IOException {
    Optional<StoryFile> kept = Optional.empty();
    Optional<StorageUnavailable> damage = Optional.empty();
    try {
      kept = closed(done.path(), done.number());
    } catch (StorageUnavailable e) {
      damage = Optional.of(e);
    }
    synchronized (this) {
      files.addAll(kept.stream().toList());
      full.remove(done);
      done.close();
    }
    // Who searches in it has opened it.
    if (damage.isPresent()) {
      setAside(done.path(), damage.get());
    } else {
      Files.delete(done.path());
    }
  }

  private void setAside(Path path, StorageUnavailable why) throws IOException {
    log.atWarn().addKeyValue("file", path).setCause(why).log("story-damaged");
    Files.move(
        path, folder.resolve(path.getFileName() + DAMAGED), StandardCopyOption.REPLACE_EXISTING);
  }

  private OpenStoryFile beginFile() throws IOException {
    long number = nextNumber++;
    OpenStoryFile begun = OpenStoryFile.begin(path(number, OPEN), frames(number), clock.instant());
    writing = begun;
    return begun;
  }

  /// The file as it is kept, beside the one that was written; empty when nothing was in that. After
  /// a kill in between it is done again.
  private Optional<StoryFile> closed(Path open, long number) throws IOException {
    Frames frames = frames(number);
    byte[] written = StoryFile.read(open);
    Optional<byte[]> closed =
        written.length < Frames.HEAD_BYTES
            ? Optional.empty()
            : StoryFile.closed(Arrays.copyOf(written, StoryFile.soundBytes(written)), frames);
    if (closed.isEmpty()) {
      return Optional.empty();
    }
    Path part = path(number, PART);
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(closed.get());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Path kept = path(number, CLOSED);
    Files.move(part, kept, StandardCopyOption.ATOMIC_MOVE);
    return Optional.of(StoryFile.open(kept, frames));
  }

  @Override
  public void expire() throws IOException {
    endWhatIsOld();
    tend();
    removeTooMuch();
  }

  private synchronized void endWhatIsOld() {
    if (writing != null && writing.since().plus(OPEN_MAX).isBefore(clock.instant())) {
      end(writing);
    }
  }

  private void removeTooMuch() throws IOException {
    for (StoryFile file : tooMuch()) {
      Files.deleteIfExists(file.path());
    }
  }

  /// Those are searched no more.
  private synchronized List<StoryFile> tooMuch() {
    Instant since = clock.instant().minus(config.keep());
    List<StoryFile> removed = new ArrayList<>();
    long bytes =
        OPEN_MAX_BYTES
            + full.stream().mapToLong(OpenStoryFile::size).sum()
            + files.stream().mapToLong(StoryFile::bytes).sum();
    for (StoryFile file : files) {
      if (bytes > config.maxBytes() || file.last().isBefore(since)) {
        bytes -= file.bytes();
        removed.add(file);
      }
    }
    files.removeAll(removed);
    return removed;
  }

  @Override
  public void scan(Set<String> keys, boolean newestFirst, Instant since, Each each)
      throws IOException {
    List<StoryFile> all;
    List<OpenStoryFile.Reading> latest;
    synchronized (this) {
      all = new ArrayList<>(files);
      latest = latest();
    }
    try {
      all.removeIf(file -> file.last().isBefore(since));
      if (!newestFirst && !found(all, keys, each)) {
        return;
      }
      for (OpenStoryFile.Reading now : newestFirst ? latest.reversed() : latest) {
        List<StoryEntry> found = found(now, keys);
        if (!found.isEmpty() && !each.take(found)) {
          return;
        }
      }
      if (newestFirst) {
        var _ = found(all.reversed(), keys, each);
      }
    } finally {
      for (OpenStoryFile.Reading now : latest) {
        now.close();
      }
    }
  }

  /// Oldest first. They stay readable when they are put away meanwhile.
  private List<OpenStoryFile.Reading> latest() throws IOException {
    List<OpenStoryFile.Reading> latest = new ArrayList<>();
    for (OpenStoryFile one : full) {
      latest.add(one.reading());
    }
    if (writing != null) {
      latest.add(writing.reading());
    }
    return latest;
  }

  /// False: there shall be no more.
  private boolean found(List<StoryFile> all, Set<String> keys, Each each) throws IOException {
    for (StoryFile file : all) {
      List<StoryEntry> found = found(file, keys);
      if (!found.isEmpty() && !each.take(found)) {
        return false;
      }
    }
    return true;
  }

  private List<StoryEntry> found(StoryFile file, Set<String> keys) throws IOException {
    try {
      return file.find(keys, frames(file.number()));
    } catch (NoSuchFileException | FileNotFoundException _) {
      return List.of(); // Too old meanwhile.
    } catch (StorageUnavailable e) {
      log.atWarn().addKeyValue("file", file.path()).setCause(e).log("story-damaged");
      return List.of();
    }
  }

  private static List<StoryEntry> found(OpenStoryFile.Reading now, Set<String> keys)
      throws IOException {
    try {
      return now.find(keys);
    } catch (StorageUnavailable e) {
      log.atWarn().addKeyValue("file", now.frames().file()).setCause(e).log("story-damaged");
      return List.of();
    }
  }

  @Override
  public synchronized Optional<Instant> begin() {
    if (!files.isEmpty()) {
      return Optional.of(files.getFirst().first());
    }
    return Optional.ofNullable(full.isEmpty() ? writing : full.getFirst())
        .map(OpenStoryFile::since);
  }

  @Override
  public synchronized boolean isWhole() {
    return whole;
  }

  @Override
  public synchronized void keepWhole(boolean keep) throws IOException {
    Path sign = folder.resolve(WHOLE);
    if (keep) {
      for (OpenStoryFile one : full) {
        one.force();
      }
      if (writing != null) {
        writing.force();
      }
      Files.write(sign, new byte[0]);
    } else {
      Files.deleteIfExists(sign);
    }
    Folders.sync(folder);
  }

  /// The next start puts away what is not.
  @Override
  public synchronized void close() throws IOException {
    for (OpenStoryFile one : full) {
      one.close();
    }
    full.clear();
    if (writing != null) {
      writing.close();
      writing = null;
    }
  }

  private Frames frames(long number) {
    return new Frames(number, seal);
  }

  private List<Path> list(String suffix) throws IOException {
    try (var found = Files.newDirectoryStream(folder, NUMBER + suffix)) {
      List<Path> all = new ArrayList<>();
      found.forEach(all::add);
      return all;
    }
  }

  private Path path(long number, String suffix) {
    return folder.resolve("%016x".formatted(number) + suffix);
  }

  private static long number(Path path) {
    return Long.parseUnsignedLong(path.getFileName().toString().substring(0, 16), 16);
  }
}
