package org.posthorn.storage.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.system.Folders;
import org.posthorn.storage.system.SystemErrors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The segments of a store: one is written, the others are read. Safe for use by many threads.
///
/// At opening, writing goes on behind the last byte of the last segment. What a killed process left
/// half written stays there: no id names it, and a scan steps over it.
///
/// The last segment is never rewritten or deleted, so no number is given out twice.
final class Segments implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Segments.class);
  private static final String SUFFIX = ".segment";
  private static final String PART = ".part";

  /// Of all open files and what is known of them.
  private static final long OPEN_MAX_BYTES = 16L << 20;

  /// After that an error of the disk may have passed.
  private static final long LOST_NANOS = 60_000_000_000L;

  /// So that there are at most 256.
  private static final long OPEN_BYTES_EACH = 64L << 10;

  private final Path directory;
  private final long segmentBytes;
  private final Map<Integer, Segment> written = new ConcurrentHashMap<>();
  private final Cache<Integer, Segment> read =
      Caffeine.newBuilder()
          .maximumWeight(OPEN_MAX_BYTES)
          .weigher((Integer _, Segment segment) ->
              (int) (OPEN_BYTES_EACH + segment.stretches().memoryBytes()))
          .removalListener((@Nullable Integer _, @Nullable Segment segment, RemovalCause _) -> {
            if (segment != null) {
              letGo(segment);
            }
          })
          .executor(Runnable::run)
          .build();

  private final Optional<NewestSegment> newest;

  /// What is wrong with those that were opened, by their numbers.
  private final Map<Integer, String> faults = new ConcurrentSkipListMap<>();

  /// Those in which nothing could be told: they are not looked through for each of their records.
  private final Map<Integer, Lost> lost = new ConcurrentHashMap<>();

  private Optional<String> missing = Optional.empty();
  private int nextNumber;

  /// The last one that there is; -1 when there is none.
  private int last = -1;

  private @Nullable Segment current;
  private long end;

  /// Where a record goes: to be written or given back.
  record Room(Segment segment, long offset, int bytes) {
    Place.InSegment place() {
      return new Place.InSegment(segment.number(), offset);
    }
  }

  /// Why a segment cannot be opened, and when that was seen.
  private record Lost(IOException why, long atNanos) {}

  private Segments(Path directory, long segmentBytes, Optional<NewestSegment> newest) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.newest = newest;
  }

  static Segments open(Path directory, long segmentBytes, Optional<NewestSegment> newest)
      throws IOException {
    Files.createDirectories(directory);
    try (var parts = Files.newDirectoryStream(directory, "*" + PART)) {
      for (Path part : parts) {
        Files.delete(part);
      }
    }
    var segments = new Segments(directory, segmentBytes, newest);
    List<Integer> numbers = segments.numbers();
    int last = numbers.isEmpty() ? -1 : numbers.getLast();
    segments.last = last;
    int known = newest.map(NewestSegment::number).orElse(OptionalInt.empty()).orElse(-1);
    if (known > last) {
      segments.areMissing(known);
    } else if (last >= 0) {
      segments.goOnIn(last);
    }
    if (newest.isPresent() && last > known) {
      Folders.sync(directory);
      newest.get().note(last);
    }
    return segments;
  }

  private void areMissing(int known) {
    nextNumber = known + 1;
    missing =
        Optional.of(
            ("The newest files of messages are missing, up to %s: is %s an older copy? verify names"
                    + " the messages. Stop the server and put the files there, or bring accounts back"
                    + " with  posthorn backup restore")
                .formatted(path(known).getFileName(), directory));
    log.atError().addKeyValue("file", path(known)).log("segments-missing");
  }

  /// What is wrong with whole files, as far as it was seen, in words for the operator.
  List<String> faults() {
    var all = new ArrayList<>(faults.values());
    missing.ifPresent(all::addFirst);
    return all;
  }

  /// Opens each file once to see what is wrong.
  void lookThrough() throws IOException {
    for (int number : numbers()) {
      try {
        Optional<Segment> held = hold(number);
        if (held.isPresent()) {
          held.get().file().letGo();
        }
      } catch (IOException e) {
        if (!LostBegin.is(e)) {
          throw e;
        }
      }
    }
  }

  /// All there are, in order.
  List<Integer> numbers() throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()), 16))
          .sorted()
          .toList();
    }
  }

  Path path(int number) {
    return Segment.path(directory, number);
  }

  /// The segment of this number, held: the caller lets go of its file.
  Optional<Segment> hold(int number) throws IOException {
    while (true) {
      Segment segment = find(number);
      if (segment == null) {
        return Optional.empty();
      }
      if (segment.file().hold()) {
        return Optional.of(segment);
      }
    }
  }

  /// Those with records that are not synced yet.
  List<Segment> unsynced() {
    return written.values().stream().filter(Segment::isBusy).toList();
  }

  private @Nullable Segment find(int number) throws IOException {
    Segment segment = written.get(number);
    if (segment != null) {
      return segment;
    }
    segment = read.getIfPresent(number);
    if (segment != null) {
      return segment;
    }
    try {
      return read.asMap().computeIfAbsent(number, this::openOrNull);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private @Nullable Segment openOrNull(int number) {
    try {
      return openUnlessLost(number, false).orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Segment> openUnlessLost(int number, boolean forWriting) throws IOException {
    Lost before = lost.get(number);
    if (before != null && System.nanoTime() - before.atNanos < LOST_NANOS) {
      throw before.why;
    }
    try {
      Optional<Segment> found = Segment.open(directory, number, forWriting);
      lost.remove(number);
      if (found.isPresent() && found.get().condition() != Segment.Condition.SOUND) {
        isUnsound(found.get());
      } else {
        faults.remove(number);
      }
      return found;
    } catch (IOException e) {
      if (LostBegin.is(e)) {
        lost.put(number, new Lost(e, System.nanoTime()));
        faults.put(
            number,
            ("No message can be found in %s: %s. Put a copy of it in its place, or bring accounts"
                    + " back with  posthorn backup restore  and then, with the server stopped, move"
                    + " the file away")
                .formatted(path(number), e.getMessage()));
      }
      throw e;
    }
  }

  private void isUnsound(Segment segment) {
    faults.put(
        segment.number(),
        ("The first bytes or the index of %s are damaged. Its messages were found without them, as"
                + " far as the disk reads them: verify names those that were not. Make a backup now,"
                + " and look after the disk")
            .formatted(segment.file().path()));
  }

  /// Room for a record, at the end of what is written or being written.
  synchronized Room reserve(int bytes) throws IOException {
    Segment segment = current;
    if (segment == null || (end + bytes > segmentBytes && end > Segment.HEADER_BYTES)) {
      segment = roll();
    }
    var room = new Room(segment, end, bytes);
    end += bytes;
    segment.reserve();
    return room;
  }

  /// The room is not used after all.
  synchronized void giveBack(Room room) {
    room.segment().unreserve();
    if (room.segment() == current && room.offset() + room.bytes() == end) {
      end = room.offset();
    }
  }

  /// Whether nothing more will ever be written to this segment, and it is not the last one.
  synchronized boolean isFinal(Segment segment) {
    return segment.number() < last && !segment.isBeingWritten();
  }

  /// Ends the last segment when it is this one: the next record goes to a new one.
  synchronized void end(Segment segment) throws IOException {
    boolean isWritten = segment == current && end > Segment.HEADER_BYTES;
    if (isWritten || (current == null && segment.number() == last)) {
      roll();
    }
  }

  /// Where a segment is made anew before it [#replace]s the old one.
  Path part(int number) {
    Path path = Segment.path(directory, number);
    return path.resolveSibling(path.getFileName() + PART);
  }

  /// Puts what stands in [#part] in the place of a segment. Whoever reads the old one goes on
  /// reading it.
  void replace(Segment old, Disk disk) throws IOException {
    exchange(
        old,
        () -> {
          disk.move(part(old.number()), Segment.path(directory, old.number()));
          disk.forceDirectory(directory);
        });
  }

  /// Deletes a segment. Whoever reads it goes on reading it.
  void delete(Segment old, Disk disk) throws IOException {
    exchange(
        old,
        () -> {
          disk.delete(Segment.path(directory, old.number()));
          disk.forceDirectory(directory);
        });
  }

  private interface FileWork {
    void run() throws IOException;
  }

  /// Nobody opens the file while this is done, so nobody keeps the old one under its number.
  private void exchange(Segment old, FileWork work) throws IOException {
    try {
      read.asMap()
          .compute(
              old.number(),
              (_, cached) -> {
                old.file().replaced();
                if (cached != null) {
                  cached.file().replaced();
                }
                try {
                  work.run();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                faults.remove(old.number());
                lost.remove(old.number());
                return null;
              });
    } catch (UncheckedIOException e) {
      read.invalidate(old.number());
      throw e.getCause();
    } finally {
      forget(old);
    }
  }

  private void forget(Segment segment) {
    if (written.remove(segment.number(), segment)) {
      letGo(segment);
    }
  }

  private static void letGo(Segment segment) {
    try {
      segment.file().letGo();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    Collection<Segment> all = new ArrayList<>(written.values());
    all.addAll(read.asMap().values());
    for (Segment segment : all) {
      segment.file().close();
    }
  }

  private Segment roll() throws IOException {
    Segment segment = Segment.create(directory, nextNumber);
    newest.ifPresent(file -> segment.whenNamed(() -> file.note(segment.number())));
    last = nextNumber++;
    written.put(segment.number(), segment);
    current = segment;
    end = Segment.HEADER_BYTES;
    written.values().stream().filter(old -> old != segment && !old.isBusy()).forEach(this::forget);
    return segment;
  }

  /// Not in one whose begin is damaged: a loss of power may leave the last one so, with nothing in
  /// it that somebody was told of. Nor in one whose begin the disk cannot read: it stays as it is,
  /// for a disk that can.
  private void goOnIn(int number) throws IOException {
    nextNumber = number + 1;
    Optional<Segment> found = Optional.empty();
    try {
      found = openUnlessLost(number, true);
    } catch (Segment.Damaged e) {
      log.atError().setCause(e).log("segment-damaged");
    } catch (IOException e) {
      if (!SystemErrors.areUnreadable(String.valueOf(e.getMessage()))) {
        throw e;
      }
      log.atError().addKeyValue("file", path(number)).setCause(e).log("contents-unreadable");
    }
    if (found.isEmpty()) {
      return;
    }
    if (isOpenEnded(found.get())) {
      current = found.get();
      written.put(number, found.get());
      end = found.get().file().size();
    } else {
      read.put(number, found.get());
    }
  }

  private boolean isOpenEnded(Segment segment) throws IOException {
    return segment.condition() == Segment.Condition.SOUND
        && !segment.isRewritten()
        && segment.file().size() < segmentBytes;
  }
}
