package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.posthorn.storage.system.Folders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One file of records. It begins with "PHSG", its form, its number and its salt (8 bytes each) and
/// the CRC-32C of these. Safe for use by many threads.
///
/// Form 1 is append-only. Form 2 was rewritten without the records that nobody needs any more:
/// those that are left stand one behind the other, byte for byte as they were, and behind them
/// which stretches of the first file they are ([Stretches]). A record goes by the offset in the
/// first file, always.
final class Segment implements Syncer.Syncable {
  static final int HEADER_BYTES = 28;
  private static final Logger log = LoggerFactory.getLogger(Segment.class);
  private static final int MAGIC = 0x50485347;
  private static final int APPENDED = 1;
  private static final int REWRITTEN = 2;

  private final int number;
  private final long salt;
  private final DataFile file;
  private final Stretches stretches;
  private final Condition condition;
  private final AtomicInteger reserved = new AtomicInteger();

  /// Which records are not synced yet, and how long they are.
  private final Map<Long, Integer> unsynced = new ConcurrentHashMap<>();

  /// Those of them that the log of the rows has durably.
  private final Set<Long> carried = ConcurrentHashMap.newKeySet();

  private volatile boolean nameUnsynced = true;
  private volatile Runnable whenNamed = () -> {};

  /// What is known of it.
  enum Condition {
    SOUND,

    /// Its begin or its index is damaged, and its records told what stood there.
    DAMAGED,

    /// So it is, and the disk cannot read all of it: a record that is not found may be there.
    UNREADABLE;

    static Condition of(boolean unreadable) {
      return unreadable ? UNREADABLE : DAMAGED;
    }
  }

  /// Its first bytes are not right, so nothing in it can be told from bytes that look like it.
  static final class Damaged extends IOException {
    private static final long serialVersionUID = 1L;

    private Damaged(Path path) {
      super("the first bytes of " + path + " are not those of a segment of this number and form");
    }
  }

  Segment(int number, long salt, DataFile file, Stretches stretches, Condition condition) {
    this.number = number;
    this.salt = salt;
    this.file = file;
    this.stretches = stretches;
    this.condition = condition;
  }

  static Segment create(Path directory, int number) throws IOException {
    Path path = path(directory, number);
    long salt = ThreadLocalRandom.current().nextLong();
    byte[] bytes = new byte[HEADER_BYTES];
    header(APPENDED, number, salt).get(bytes);
    try {
      Files.write(path, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return new Segment(number, salt, DataFile.writable(path), Stretches.ALL, Condition.SOUND);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException e) {
      // On a full disk the file is there, empty: it must not be in the way of the next try.
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /// Empty when there is no such file, or it is too short to hold a record. Where the first bytes
  /// are damaged or cannot be read, its records tell what stood there; throws [Damaged], or what
  /// the disk said, when there is none.
  static Optional<Segment> open(Path directory, int number, boolean forWriting) throws IOException {
    Path path = path(directory, number);
    if (Files.notExists(path) || Files.size(path) < HEADER_BYTES) {
      return Optional.empty();
    }
    DataFile file = forWriting ? DataFile.writable(path) : DataFile.readable(path);
    try {
      return Optional.of(readOrFind(number, file));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Segment readOrFind(int number, DataFile file) throws IOException {
    try {
      return read(number, file);
    } catch (IOException e) {
      if (!LostBegin.is(e)) {
        throw e;
      }
      Segment found = LostBegin.find(number, file, !(e instanceof Damaged)).orElseThrow(() -> e);
      log.atError().addKeyValue("file", file.path()).setCause(e).log("segment-begin-damaged");
      return found;
    }
  }

  private static Segment read(int number, DataFile file) throws IOException {
    ByteBuffer header = file.read(0, ByteBuffer.allocate(HEADER_BYTES));
    int sum = checksum(header.duplicate().position(HEADER_BYTES - Integer.BYTES));
    boolean begins = header.getInt() == MAGIC;
    int form = header.getInt();
    if (!begins || form < APPENDED || form > REWRITTEN || header.getLong() != number) {
      throw new Damaged(file.path());
    }
    long salt = header.getLong();
    if (header.getInt() != sum) {
      throw new Damaged(file.path());
    }
    var segment = new Segment(number, salt, file, Stretches.ALL, Condition.SOUND);
    return form == APPENDED ? segment : rewritten(segment);
  }

  /// An index that is damaged is made anew from the records: each says where it was first written.
  private static Segment rewritten(Segment bare) throws IOException {
    try {
      return new Segment(
          bare.number, bare.salt, bare.file, Stretches.read(bare.file), Condition.SOUND);
    } catch (IOException e) {
      log.atError().setCause(e).log("segment-index-damaged");
      var unreadable = new AtomicBoolean();
      Stretches found = SegmentWalk.stretchesOf(bare, LostBegin.noting(unreadable));
      return new Segment(bare.number, bare.salt, bare.file, found, Condition.of(unreadable.get()));
    }
  }

  /// What a rewritten file of this segment begins with.
  ByteBuffer rewrittenHeader() {
    return header(REWRITTEN, number, salt);
  }

  static Path path(Path directory, int number) {
    return directory.resolve("%07x.segment".formatted(number));
  }

  int number() {
    return number;
  }

  long salt() {
    return salt;
  }

  DataFile file() {
    return file;
  }

  Stretches stretches() {
    return stretches;
  }

  boolean isRewritten() {
    return stretches != Stretches.ALL;
  }

  Condition condition() {
    return condition;
  }

  /// What is done when its name is durable.
  void whenNamed(Runnable then) {
    whenNamed = then;
  }

  /// Where in the file a record is that was first written at `offset`; -1 when it is not there any
  /// more, or never was.
  long positionOf(long offset) throws IOException {
    long position = stretches.positionOf(offset);
    return file.reaches(position + RecordForm.HEADER_BYTES) ? position : -1;
  }

  /// Somebody is going to write a record here: until [#write] or [#unreserve].
  void reserve() {
    reserved.incrementAndGet();
  }

  void unreserve() {
    reserved.decrementAndGet();
  }

  /// Writes a record; then it can be read, and [#isUnsynced] until a sync.
  void write(long offset, ByteBuffer record) throws IOException {
    int bytes = record.remaining();
    file.write(offset, record);
    unsynced.put(offset, bytes);
    reserved.decrementAndGet();
  }

  /// Writes something that nobody waits for: it is durable at the latest with the next sync.
  void writeUnawaited(long offset, ByteBuffer bytes) throws IOException {
    file.write(offset, bytes);
    reserved.decrementAndGet();
  }

  /// Whether a sync is what makes this record durable.
  boolean isUnsynced(long offset) {
    return unsynced.containsKey(offset) && !carried.contains(offset);
  }

  /// A record that [#isUnsynced], as it stands here; empty when it is longer than `maxBytes`, or
  /// was synced meanwhile.
  Optional<byte[]> unsynced(long offset, int maxBytes) throws IOException {
    Integer bytes = unsynced.get(offset);
    return bytes == null || bytes > maxBytes
        ? Optional.empty()
        : Optional.of(file.read(offset, ByteBuffer.allocate(bytes)).array());
  }

  /// The log of the rows has this record durably.
  void isCarried(long offset) {
    if (unsynced.containsKey(offset)) {
      carried.add(offset);
    }
  }

  /// Whether there is something that only this object knows: records that are not synced yet, or
  /// are being written.
  boolean isBusy() {
    return reserved.get() > 0 || !unsynced.isEmpty();
  }

  /// Whether a record is being written. In a segment that nobody begins to write to any more, false
  /// is final.
  boolean isBeingWritten() {
    return reserved.get() > 0;
  }

  @Override
  public void force() throws IOException {
    List<Long> before = List.copyOf(unsynced.keySet());
    try {
      file.force();
    } catch (ClosedChannelException e) {
      if (isBusy()) {
        throw e;
      }
      return; // Closed since somebody else synced the last of it.
    }
    if (nameUnsynced) {
      Folders.sync(Objects.requireNonNull(file.path().getParent()));
      nameUnsynced = false;
      whenNamed.run();
    }
    unsynced.keySet().removeAll(before);
    before.forEach(carried::remove);
  }

  /// To put records back into that a loss of power may have taken away, perhaps with the file or
  /// its first bytes: those are written anew, also when they can be read (see [#restore]). Where
  /// the disk cannot read them they are left to a disk that can.
  static Segment openToRestore(Path directory, int number, long salt) throws IOException {
    Path path = path(directory, number);
    if (Files.notExists(path)) {
      Files.createFile(path);
    }
    DataFile file = DataFile.writable(path);
    try {
      Segment segment = readOrBegin(number, file, salt);
      if (!segment.isRewritten() && segment.condition == Condition.SOUND) {
        file.write(0, header(APPENDED, number, segment.salt));
      }
      return segment;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Segment readOrBegin(int number, DataFile file, long salt) throws IOException {
    if (file.size() >= HEADER_BYTES) {
      try {
        return read(number, file);
      } catch (IOException e) {
        if (!LostBegin.is(e)) {
          throw e;
        }
        log.atError().addKeyValue("file", file.path()).setCause(e).log("segment-begin-damaged");
        Segment found = LostBegin.find(number, file, !(e instanceof Damaged), salt);
        if (found.isRewritten() || found.condition == Condition.UNREADABLE) {
          return found;
        }
      }
    }
    return new Segment(number, salt, file, Stretches.ALL, Condition.SOUND);
  }

  /// Writes a record, also when it can be read: after a sync that failed it may be in memory alone,
  /// and only what is written again is synced again. Of a segment that was rewritten since it came
  /// in nothing is missing.
  void restore(long saltThen, long offset, ByteBuffer record) throws IOException {
    if (!isRewritten() && salt == saltThen) {
      file.write(offset, record);
    }
  }

  private static ByteBuffer header(int form, int number, long salt) {
    var header = ByteBuffer.allocate(HEADER_BYTES);
    header.putInt(MAGIC).putInt(form).putLong(number).putLong(salt);
    return header.putInt(checksum(header)).flip();
  }

  /// Of what stands before the position.
  private static int checksum(ByteBuffer header) {
    var sum = new CRC32C();
    sum.update(header.duplicate().flip());
    return (int) sum.getValue();
  }
}
