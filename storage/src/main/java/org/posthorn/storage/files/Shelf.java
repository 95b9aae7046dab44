package org.posthorn.storage.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.system.Folders;

/// A folder of the operator's where parts of messages are kept for a while: `DAY/BOX/FILE`, a box
/// for each mail, its name a secret that nobody outside can guess. Days that are over go when a new
/// one begins, or when there is no room. All together has a limit, which what is put into one box
/// may exceed; what others put into the same folder is counted within minutes. What was put there
/// is on the disk when that returns. Safe for use by many threads.
public final class Shelf {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern BOX = Pattern.compile("\\d{4}-\\d\\d-\\d\\d/[0-9a-f]{32}");
  private static final int NAME_MAX = 80;
  private static final String PART = ".part";

  private static final Duration COUNT_AGAIN_AFTER = Duration.ofMinutes(10);

  /// While there is no room.
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofMinutes(1);

  private final Path folder;
  private final Duration keep;
  private final long limitBytes;
  private final InstantSource clock;
  private final AtomicLong usedBytes = new AtomicLong();
  private volatile LocalDate today = LocalDate.EPOCH;
  private volatile Instant counted = Instant.EPOCH;

  /// For those who only look.
  public Shelf(Path folder, Duration keep, InstantSource clock) {
    this(folder, keep, Long.MAX_VALUE, clock);
  }

  public Shelf(Path folder, Duration keep, long limitBytes, InstantSource clock) {
    this.folder = folder;
    this.keep = keep;
    this.limitBytes = limitBytes;
    this.clock = clock;
  }

  /// There is no room for more.
  public static final class Full extends IOException {
    private static final long serialVersionUID = 1L;

    Full(Path folder, long limitBytes) {
      super(
          "The folder %s has its %d MB; remove what is old, or raise the limit"
              .formatted(folder.getFileName(), limitBytes >> 20));
    }
  }

  /// A new box, such as `2026-11-27/0f…`. Throws [Full].
  public String box() throws IOException {
    LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    if (!day.equals(today)) {
      today = day;
      clear();
      count();
    } else if (isOlder(COUNT_AGAIN_AFTER) || (isFull() && isOlder(LOOK_AGAIN_AFTER))) {
      clear();
      count();
    }
    if (isFull()) {
      throw new Full(folder, limitBytes);
    }
    byte[] noise = new byte[16];
    RANDOM.nextBytes(noise);
    String box = day + "/" + HexFormat.of().formatHex(noise);
    Files.createDirectories(folder.resolve(box));
    Folders.sync(folder.resolve(day.toString()));
    Folders.sync(folder);
    return box;
  }

  private boolean isFull() {
    return usedBytes.get() >= limitBytes;
  }

  /// Whether it was counted so long ago.
  private boolean isOlder(Duration time) {
    return !counted.plus(time).isAfter(clock.instant());
  }

  /// What is there, as it was counted last and what this put there since.
  public long usedBytes() {
    return usedBytes.get();
  }

  /// Looks how much there is.
  public void count() throws IOException {
    counted = clock.instant();
    var sum = new AtomicLong();
    if (Files.isDirectory(folder)) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              sum.addAndGet(attributes.size());
              return FileVisitResult.CONTINUE;
            }

            /// Somebody has just removed it.
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path inside, @Nullable IOException gone) {
              return FileVisitResult.CONTINUE;
            }
          });
    }
    usedBytes.set(sum.get());
  }

  /// A part as it stands in the message, to be put back.
  public void putPart(String box, int number, InputStream bytes) throws IOException {
    put(folder.resolve(box).resolve(number + PART), bytes);
  }

  /// A file for people and programs, named after what somebody outside called it.
  public void putFile(String box, int number, String name, InputStream bytes) throws IOException {
    put(folder.resolve(box).resolve(number + "-" + safe(name)), bytes);
  }

  /// Letters, digits and a few signs, so that it is a name in this folder on any system: where the
  /// names of files are in ASCII (`LC_ALL=C`), others could not even be tried.
  static String safe(String name) {
    return safe(name, Charset.forName(System.getProperty("sun.jnu.encoding", "US-ASCII")));
  }

  static String safe(String name, Charset ofFileNames) {
    String bare = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    var known = new String(bare.getBytes(ofFileNames), ofFileNames);
    String safe = known.replaceAll("[^\\p{L}\\p{N}._-]", "_");
    safe = safe.length() <= NAME_MAX ? safe : end(safe);
    return safe.isEmpty() ? "unnamed" : safe;
  }

  /// Whole letters only: half of one is in no name of a file.
  private static String end(String name) {
    int from = name.length() - NAME_MAX;
    return name.substring(Character.isLowSurrogate(name.charAt(from)) ? from + 1 : from);
  }

  private void put(Path file, InputStream bytes) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      usedBytes.addAndGet(bytes.transferTo(Channels.newOutputStream(out)));
      out.force(true);
    }
    Folders.sync(file.resolveSibling(""));
  }

  /// Empty when it is no longer there.
  public Optional<InputStream> part(String box, int number) throws IOException {
    if (!BOX.matcher(box).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.newInputStream(folder.resolve(box).resolve(number + PART)));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  private void clear() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> days;
    try (Stream<Path> inside = Files.list(folder)) {
      days = inside.filter(this::isOver).toList();
    }
    for (Path day : days) {
      remove(day);
    }
  }

  private boolean isOver(Path folder) {
    try {
      Instant end =
          LocalDate.parse(folder.getFileName().toString())
              .plusDays(1)
              .atStartOfDay(ZoneOffset.UTC)
              .toInstant();
      return end.plus(keep).isBefore(clock.instant());
    } catch (DateTimeException _) {
      return false; // Something else that is kept there.
    }
  }

  private static void remove(Path day) throws IOException {
    Files.walkFileTree(
        day,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          /// Somebody else clears the same days, and was faster.
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException trouble)
              throws IOException {
            if (trouble instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw trouble;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException trouble)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
