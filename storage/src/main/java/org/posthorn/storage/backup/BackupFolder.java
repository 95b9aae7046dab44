package org.posthorn.storage.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.system.Folders;

/// A folder of backups: the marker `posthorn-backup`, and below it `runs` (manifests), `rows` and
/// `packs`. One command at a time works on it: the marker is locked. Where it can only be read, on
/// a read-only disk for one, others may read too.
final class BackupFolder implements AutoCloseable {
  private static final String MARKER = "posthorn-backup";
  private static final String FORM = "posthorn backup 1\n";
  private static final String DAMAGED = ".damaged";
  private static final List<String> ROOMS = List.of("rows", "packs", "runs");
  private static final DateTimeFormatter RUN_ID =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final FileChannel marker;
  private @Nullable PackSet soundPacks;

  private BackupFolder(Path folder, FileChannel marker) {
    this.folder = folder;
    this.marker = marker;
  }

  /// Makes the folder when there is none, readable for its owner only.
  static BackupFolder create(Path folder) {
    try {
      if (Files.notExists(folder.resolve(MARKER))) {
        checkEmpty(folder);
        Files.createDirectories(folder);
        ownerOnly(folder);
      }
      var made = new BackupFolder(folder, marker(folder, true));
      for (String room : ROOMS) {
        Files.createDirectories(folder.resolve(room));
      }
      Folders.sync(folder);
      return made;
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot use the folder " + folder, e);
    }
  }

  /// A folder that is there.
  static BackupFolder open(Path folder) {
    if (Files.notExists(folder.resolve(MARKER))) {
      throw new BackupException.NotFound(
          "There is no backup in " + folder + ": make one with  posthorn backup create");
    }
    try {
      return new BackupFolder(folder, marker(folder, false));
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot use the folder " + folder, e);
    }
  }

  private static void checkEmpty(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        if (files.findAny().isPresent()) {
          throw new BackupException.InTheWay(
              folder + " has files in it and is no backup: name an empty folder, or a new one");
        }
      }
    }
  }

  private static void ownerOnly(Path folder) throws IOException {
    if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /// The marker, locked and of a form that is known.
  private static FileChannel marker(Path folder, boolean make) throws IOException {
    Path path = folder.resolve(MARKER);
    FileChannel channel;
    boolean shared = false;
    try {
      channel =
          FileChannel.open(
              path,
              make
                  ? Set.of(
                      StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)
                  : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException e) {
      if (make) {
        throw e;
      }
      channel = FileChannel.open(path, StandardOpenOption.READ);
      shared = true;
    }
    try {
      lock(channel, folder, shared);
      if (make && channel.size() == 0) {
        channel.write(ByteBuffer.wrap(FORM.getBytes(US_ASCII)));
        channel.force(true);
        channel.position(0);
      }
      check(channel, folder);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void lock(FileChannel channel, Path folder, boolean shared) throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock(0, Long.MAX_VALUE, shared) != null;
    } catch (OverlappingFileLockException _) {
      locked = false;
    }
    if (!locked) {
      throw new BackupException.InTheWay(
          "Another backup command is at work in " + folder + ": wait until it is done");
    }
  }

  private static void check(FileChannel channel, Path folder) throws IOException {
    var bytes = ByteBuffer.allocate(100);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    String found = new String(bytes.array(), 0, bytes.position(), US_ASCII);
    if (!found.equals(FORM)) {
      throw new BackupException.InTheWay(
          "The backup in %s is of the form \"%s\"; this program knows \"%s\". Use the program that wrote it, or a newer one"
              .formatted(folder, found.strip(), FORM.strip()));
    }
  }

  Path path() {
    return folder;
  }

  Path manifest(String run) {
    return folder.resolve("runs").resolve(run + ".run");
  }

  Path rows(String run) {
    return folder.resolve("rows").resolve(run + ".rows");
  }

  Path pack(int number) {
    return folder.resolve("packs").resolve("%08d.pack".formatted(number));
  }

  /// Oldest first.
  List<String> runs() {
    return names("runs", ".run");
  }

  /// The run of this name; without one, the last.
  String runOrLast(Optional<String> run) {
    List<String> runs = runs();
    if (runs.isEmpty()) {
      throw new BackupException.NotFound("There is no whole run in " + folder);
    }
    String wanted = run.orElse(runs.getLast());
    if (!runs.contains(wanted)) {
      throw new BackupException.NotFound(
          "There is no run %s in %s; see  posthorn backup list %s"
              .formatted(wanted, folder, folder));
    }
    return wanted;
  }

  /// Numbers, ascending.
  List<Integer> packs() {
    return names("packs", ".pack").stream()
        .filter(name -> name.matches("[0-9]{8}"))
        .map(Integer::valueOf)
        .toList();
  }

  /// Those that are there and of which no damage is known, when this was first asked.
  PackSet soundPacks() {
    PackSet sound = soundPacks;
    if (sound == null) {
      sound = new PackSet();
      for (int pack : packs()) {
        if (!isDamaged(pack)) {
          sound.add(pack);
        }
      }
      soundPacks = sound;
    }
    return sound;
  }

  /// Takes note that what was read of this pack is not what was written: the next run does not
  /// build on it. The note goes with the file.
  void noteDamaged(int pack) throws IOException {
    if (Files.exists(pack(pack)) && !isDamaged(pack)) {
      Files.createFile(note(pack(pack)));
    }
  }

  /// The same of a section; others in its file may be good.
  void noteDamaged(Section section) throws IOException {
    if (Files.exists(rows(section.run())) && !isDamaged(section)) {
      Files.writeString(
          note(rows(section.run())),
          section.offset() + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /// Whether that was noted, or it is not there at all.
  private boolean isDamaged(int pack) {
    return Files.exists(note(pack(pack))) || Files.notExists(pack(pack));
  }

  /// A note that names no section is of them all.
  boolean isDamaged(Section section) {
    Path rows = rows(section.run());
    if (Files.notExists(rows) || Files.notExists(note(rows))) {
      return Files.notExists(rows);
    }
    try {
      List<String> offsets = Files.readAllLines(note(rows));
      return offsets.isEmpty() || offsets.contains(String.valueOf(section.offset()));
    } catch (IOException _) {
      return true;
    }
  }

  private static Path note(Path file) {
    return file.resolveSibling(file.getFileName() + DAMAGED);
  }

  int nextPack() {
    List<Integer> packs = packs();
    return packs.isEmpty() ? 1 : packs.getLast() + 1;
  }

  /// A name for a run that begins now, which comes after all others.
  String nextRun(Instant now) {
    List<String> runs = runs();
    Instant at = now;
    while (!runs.isEmpty() && RUN_ID.format(at).compareTo(runs.getLast()) <= 0) {
      at = RUN_ID.parse(runs.getLast(), Instant::from).plusSeconds(1);
    }
    return RUN_ID.format(at);
  }

  /// Deletes what no run needs: what a run that was killed has left, and what only runs had that
  /// are gone. When a run cannot be read, nothing: it is not known what that one needs. Returns how
  /// many bytes are free now.
  long sweep() {
    var packs = new PackSet();
    Set<String> rows = new HashSet<>();
    for (String run : runs()) {
      try (var manifest = new Manifest.Reader(manifest(run))) {
        Manifest.Sum sum = manifest.sum();
        packs.addAll(sum.packs());
        rows.addAll(sum.rows());
      } catch (BackupException.Damaged _) {
        return 0;
      }
    }
    long freed = 0;
    for (int pack : packs()) {
      freed += packs.has(pack) ? 0 : delete(pack(pack));
    }
    for (String run : names("rows", ".rows")) {
      freed += rows.contains(run) ? 0 : delete(rows(run));
    }
    for (String room : List.of("packs", "rows")) {
      for (String file : names(room, DAMAGED)) {
        Path noted = folder.resolve(room).resolve(file);
        freed += Files.exists(noted) ? 0 : delete(note(noted));
      }
    }
    for (String part : names("runs", ".part")) {
      freed += delete(folder.resolve("runs").resolve(part + ".part"));
    }
    return freed;
  }

  long delete(Path file) {
    try {
      long size = Files.size(file);
      Files.delete(file);
      return size;
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot delete " + file, e);
    }
  }

  /// New and renamed files in it are on the disk when this returns.
  void force() {
    try {
      for (String room : ROOMS) {
        Folders.sync(folder.resolve(room));
      }
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write to " + folder, e);
    }
  }

  /// A file's new name is on the disk when this returns.
  static void forceDirectoryOf(Path file) throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      Folders.sync(directory);
    }
  }

  private List<String> names(String room, String ending) {
    try (Stream<Path> files = Files.list(folder.resolve(room))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot read " + folder, e);
    }
  }

  @Override
  public void close() {
    try {
      marker.close();
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot let go of " + folder, e);
    }
  }
}
