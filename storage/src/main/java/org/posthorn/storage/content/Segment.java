package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/// One append-only file of records. It begins with "PHSG", its form (1), its number and its salt (8
/// bytes each) and the CRC-32C of these. Safe for use by many threads.
final class Segment implements Syncer.Syncable {
  static final int HEADER_BYTES = 28;
  private static final int MAGIC = 0x50485347;
  private static final int FORM = 1;

  private final int number;
  private final long salt;
  private final DataFile file;
  private final Set<Long> unsynced = ConcurrentHashMap.newKeySet();
  private volatile boolean nameUnsynced = true;

  private Segment(int number, long salt, DataFile file) {
    this.number = number;
    this.salt = salt;
    this.file = file;
  }

  static Segment create(Path directory, int number) throws IOException {
    Path path = path(directory, number);
    long salt = ThreadLocalRandom.current().nextLong();
    var header = ByteBuffer.allocate(HEADER_BYTES);
    header.putInt(MAGIC).putInt(FORM).putLong(number).putLong(salt);
    header.putInt(checksum(header)).flip();
    Files.write(path, header.array(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new Segment(number, salt, DataFile.writable(path));
  }

  /// Empty when there is no such file, or it is too short to hold a record.
  static Optional<Segment> open(Path directory, int number, boolean forWriting) throws IOException {
    Path path = path(directory, number);
    if (Files.notExists(path) || Files.size(path) < HEADER_BYTES) {
      return Optional.empty();
    }
    DataFile file = forWriting ? DataFile.writable(path) : DataFile.readable(path);
    ByteBuffer header = file.read(0, ByteBuffer.allocate(HEADER_BYTES));
    int sum = checksum(header.duplicate().position(HEADER_BYTES - Integer.BYTES));
    boolean begins = header.getInt() == MAGIC && header.getInt() == FORM;
    if (!begins || header.getLong() != number) {
      throw new IOException(path + " is no segment of this number and form");
    }
    long salt = header.getLong();
    if (header.getInt() != sum) {
      throw new IOException("The first bytes of " + path + " are damaged");
    }
    return Optional.of(new Segment(number, salt, file));
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

  /// Writes a record; then it can be read, and [#isUnsynced] until a sync.
  void write(long offset, ByteBuffer record) throws IOException {
    file.write(offset, record);
    unsynced.add(offset);
  }

  /// Writes something that nobody waits for: it is durable at the latest with the next record that
  /// is made so.
  void writeUnawaited(long offset, ByteBuffer bytes) throws IOException {
    file.write(offset, bytes);
  }

  boolean isUnsynced(long offset) {
    return unsynced.contains(offset);
  }

  boolean hasUnsynced() {
    return !unsynced.isEmpty();
  }

  @Override
  public void force() throws IOException {
    List<Long> before = List.copyOf(unsynced);
    file.force();
    if (nameUnsynced) {
      Syncer.forceDirectory(Objects.requireNonNull(file.path().getParent()));
      nameUnsynced = false;
    }
    before.forEach(unsynced::remove);
  }

  /// Of what stands before the position.
  private static int checksum(ByteBuffer header) {
    var sum = new CRC32C();
    sum.update(header.duplicate().flip());
    return (int) sum.getValue();
  }
}
