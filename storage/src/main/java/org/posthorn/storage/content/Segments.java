package org.posthorn.storage.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The segments of a store: one is written, the others are read. Safe for use by many threads.
///
/// At opening, writing goes on behind the last byte of the last segment. What a killed process left
/// half written stays there: no id names it, and a scan steps over it.
final class Segments implements AutoCloseable {
  private static final int OPEN_MAX = 256;
  private static final String SUFFIX = ".segment";

  private final Path directory;
  private final long segmentBytes;
  private final Map<Integer, Segment> written = new ConcurrentHashMap<>();

  /// A segment that falls out is not closed, since somebody may be reading: the JDK closes its file
  /// when nobody holds it any more.
  private final Cache<Integer, Segment> read =
      Caffeine.newBuilder().maximumSize(OPEN_MAX).executor(Runnable::run).build();

  private int nextNumber;
  private @Nullable Segment current;
  private long end;

  /// Where a record goes.
  record Room(Segment segment, long offset, int bytes) {
    Place.InSegment place() {
      return new Place.InSegment(segment.number(), offset);
    }
  }

  private Segments(Path directory, long segmentBytes) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
  }

  static Segments open(Path directory, long segmentBytes) throws IOException {
    Files.createDirectories(directory);
    var segments = new Segments(directory, segmentBytes);
    List<Integer> numbers = segments.numbers();
    if (!numbers.isEmpty()) {
      segments.goOnIn(numbers.getLast());
    }
    return segments;
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

  Optional<Segment> find(int number) throws IOException {
    Segment segment = written.get(number);
    if (segment == null) {
      segment = read.getIfPresent(number);
    }
    if (segment != null) {
      return Optional.of(segment);
    }
    Optional<Segment> opened = Segment.open(directory, number, false);
    opened.ifPresent(one -> read.put(number, one));
    return opened;
  }

  /// Room for a record, at the end of what is written or being written.
  synchronized Room reserve(int bytes) throws IOException {
    Segment segment = current;
    if (segment == null || (end + bytes > segmentBytes && end > Segment.HEADER_BYTES)) {
      segment = roll();
    }
    var room = new Room(segment, end, bytes);
    end += bytes;
    return room;
  }

  /// The room is not used after all.
  synchronized void giveBack(Room room) {
    if (room.segment() == current && room.offset() + room.bytes() == end) {
      end = room.offset();
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
    written.values().removeIf(old -> old != current && !old.hasUnsynced());
    Segment segment = Segment.create(directory, nextNumber);
    nextNumber++;
    written.put(segment.number(), segment);
    current = segment;
    end = Segment.HEADER_BYTES;
    return segment;
  }

  private void goOnIn(int number) throws IOException {
    nextNumber = number + 1;
    Optional<Segment> last = Segment.open(directory, number, true);
    if (last.isPresent() && last.get().file().size() < segmentBytes) {
      current = last.get();
      written.put(number, last.get());
      end = last.get().file().size();
    }
  }
}
