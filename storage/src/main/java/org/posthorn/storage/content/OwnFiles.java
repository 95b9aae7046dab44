package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.posthorn.storage.system.Folders;

/// Large contents, each in a file of its own. A file that is not whole yet is called `.part`; those
/// of a killed process are deleted at opening. Safe for use by many threads.
final class OwnFiles {
  private static final String SUFFIX = ".content";
  private static final String PART = ".part";

  private final Path directory;
  private final WarmFiles warm;
  private final Set<Long> unsynced = ConcurrentHashMap.newKeySet();
  private final Set<Long> goingUnnamed = ConcurrentHashMap.newKeySet();

  private OwnFiles(Path directory, WarmFiles warm) {
    this.directory = directory;
    this.warm = warm;
  }

  static OwnFiles open(Path directory, WarmFiles warm) throws IOException {
    Files.createDirectories(directory);
    try (var parts = Files.newDirectoryStream(directory, "*" + PART)) {
      for (Path part : parts) {
        Files.delete(part);
      }
    }
    return new OwnFiles(directory, warm);
  }

  Draft begin() throws IOException {
    var place = new Place.OwnFile(ThreadLocalRandom.current().nextLong());
    Path part = directory.resolve(place.fileName() + PART);
    Files.createFile(part);
    return new Draft(place, DataFile.writable(part));
  }

  /// Opened now: it can be read even when it is deleted meanwhile.
  Optional<DataFile> find(Place.OwnFile place) throws IOException {
    DataFile file = DataFile.readable(path(place));
    try {
      file.open();
      return Optional.of(file);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /// In this order: what goes without having been named goes first, and is no longer there when it
  /// is not going any more.
  boolean has(Place.OwnFile place) {
    return !goingUnnamed.contains(place.name()) && Files.exists(path(place));
  }

  boolean isUnsynced(Place.OwnFile place) {
    return unsynced.contains(place.name());
  }

  Syncer.Syncable syncable(Place.OwnFile place) {
    return new Sync(this, place.name());
  }

  List<Place.OwnFile> places() throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .map(name -> new Place.OwnFile(Long.parseUnsignedLong(name, 16)))
          .toList();
    }
  }

  /// 0 when it is not there any more.
  long fileBytes(Place.OwnFile place) throws IOException {
    try {
      return Files.size(path(place));
    } catch (NoSuchFileException _) {
      return 0;
    }
  }

  /// When a content came in, and how large its file is.
  record Age(Instant received, long fileBytes) {}

  /// Of one that is damaged, when it was last written; empty when it is not there.
  Optional<Age> age(Place.OwnFile place) throws IOException {
    Path path = path(place);
    if (Files.notExists(path)) {
      return Optional.empty();
    }
    try (DataFile file = DataFile.readable(path)) {
      Instant received = Instant.ofEpochMilli(received(place, file));
      return Optional.of(new Age(received, file.size()));
    }
  }

  private static long received(Place.OwnFile place, DataFile file) throws IOException {
    try {
      return StoredRecord.read(place.id(), file, place).trailer().receivedMillis();
    } catch (ContentDamaged _) {
      return Files.getLastModifiedTime(file.path()).toMillis();
    }
  }

  /// Whoever reads it goes on reading it.
  void delete(Place.OwnFile place, Disk disk) throws IOException {
    disk.delete(path(place));
    unsynced.remove(place.name());
  }

  /// Deletes it unless it was synced: whoever names it in a row has it synced before, and then
  /// looks whether it is there. Either they find it gone, or it is found synced here. Whether it is
  /// gone.
  boolean deleteUnnamed(Place.OwnFile place, Disk disk) throws IOException {
    goingUnnamed.add(place.name());
    try {
      boolean unnamed = unsynced.remove(place.name());
      if (unnamed) {
        disk.delete(path(place));
      }
      return unnamed;
    } finally {
      goingUnnamed.remove(place.name());
    }
  }

  void forceDirectory(Disk disk) throws IOException {
    disk.forceDirectory(directory);
  }

  Path path(Place.OwnFile place) {
    return directory.resolve(place.fileName() + SUFFIX);
  }

  private record Sync(OwnFiles files, long name) implements Syncer.Syncable {
    @Override
    public void force() throws IOException {
      if (files.unsynced.contains(name)) {
        Path path = files.path(new Place.OwnFile(name));
        long bytes;
        try (DataFile file = DataFile.writable(path)) {
          file.force();
          bytes = file.size();
        }
        Folders.sync(files.directory);
        files.unsynced.remove(name);
        files.warm.add(path, bytes);
      }
    }
  }

  /// A file that is being written, from its begin to its end. Closed before [#finish], it is
  /// deleted.
  final class Draft implements AutoCloseable {
    private final Place.OwnFile place;
    private final DataFile file;
    private long end;
    private boolean finished;

    private Draft(Place.OwnFile place, DataFile file) {
      this.place = place;
      this.file = file;
    }

    Place.OwnFile place() {
      return place;
    }

    void append(ByteBuffer bytes) throws IOException {
      int length = bytes.remaining();
      file.write(end, bytes);
      end += length;
    }

    void finish() throws IOException {
      file.close();
      unsynced.add(place.name());
      Files.move(file.path(), path(place), StandardCopyOption.ATOMIC_MOVE);
      finished = true;
    }

    @Override
    public void close() throws IOException {
      if (!finished) {
        unsynced.remove(place.name());
        file.close();
        Files.deleteIfExists(file.path());
      }
    }
  }
}
