package org.posthorn.storage.rocksdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One file of RocksDB's log of writes, looked at when RocksDB refuses it. Used by one thread.
///
/// The log is a row of blocks of 32 KiB with fragments of records in them. Each of our writes is
/// one record, and is synced before the next one: so only the last record can have been cut short
/// by a loss of power, and then what stands there is any mixture of old bytes, zeroes and new
/// bytes. RocksDB takes an end that is missing as such, and zeroes ([LogAhead]), but anything else
/// as damage. Here they are told apart: behind what was torn no other record begins.
record CommitLog(Path file) {
  private static final Logger log = LoggerFactory.getLogger(CommitLog.class);
  private static final Pattern NAME = Pattern.compile("[0-9]{1,18}\\.log");
  private static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int LAST = 4;
  private static final int MASK = 0xa282ead8;
  private static final int BATCH_HEADER_BYTES = 12;
  private static final int LOG_DATA = 3;

  /// Where a file of the log is not right, and whether that is the torn end of the last write.
  record Damage(Path file, long at, boolean torn) {
    @Override
    public String toString() {
      return "%s is damaged at byte %d".formatted(file, at);
    }
  }

  /// Cuts off a last write that a loss of power has torn; nobody was told that it was done. What is
  /// damaged beside that is left as it is, and is the answer.
  static Optional<Damage> mend(Path directory) throws IOException {
    List<Path> files = files(directory);
    for (Path file : files) {
      Optional<Damage> damage = new CommitLog(file).damage();
      boolean last = file.equals(files.getLast());
      if (damage.isPresent() && (!last || !damage.get().torn())) {
        return damage;
      }
      if (damage.isPresent()) {
        cut(damage.get());
      }
    }
    return Optional.empty();
  }

  /// The file that is written, if there is one.
  static Optional<Path> newest(Path directory) throws IOException {
    List<Path> files = files(directory);
    return files.isEmpty() ? Optional.empty() : Optional.of(files.getLast());
  }

  /// How much the log of a database has.
  static long bytes(Path directory) throws IOException {
    long bytes = 0;
    for (Path file : files(directory)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  /// What the writes in the log carry ([org.posthorn.storage.engine.Cargo]), in order; of a file
  /// that is damaged, what stands before that.
  static void forEachCargo(Path directory, Consumer<ByteBuffer> action) throws IOException {
    if (Files.isDirectory(directory)) {
      for (Path file : files(directory)) {
        new CommitLog(file).forEachRecord(record -> cargo(record, action));
      }
    }
  }

  /// A record is a batch of RocksDB: its number (8 bytes), how many rows (4), then the operations.
  /// Ours begin with what is no row: 3, its length (as a varint), its bytes.
  private static void cargo(ByteBuffer record, Consumer<ByteBuffer> action) {
    record.position(Math.min(record.limit(), BATCH_HEADER_BYTES));
    while (record.hasRemaining() && record.get() == LOG_DATA) {
      int length = varint(record);
      action.accept(record.slice(record.position(), length));
      record.position(record.position() + length);
    }
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      value |= (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }

  /// All whole ones, until one is not.
  private void forEachRecord(Consumer<ByteBuffer> action) throws IOException {
    var parts = new ByteArrayOutputStream();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      for (long start = 0; start < size; start += BLOCK_BYTES) {
        ByteBuffer block = block(channel, start);
        int end = endOfWhole(block);
        int at = 0;
        while (at < end) {
          int length = length(block, at);
          int type = type(block, at);
          if (type == FULL || type == FIRST) {
            parts.reset();
          }
          byte[] part = new byte[length];
          block.get(at + HEADER_BYTES, part);
          parts.writeBytes(part);
          if (type == FULL || type == LAST) {
            action.accept(ByteBuffer.wrap(parts.toByteArray()));
          }
          at += HEADER_BYTES + length;
        }
        if (end < block.limit() && !isPadding(block, end)) {
          return;
        }
      }
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var all = Files.list(directory)) {
      return all.filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(CommitLog::number))
          .toList();
    }
  }

  /// Six digits at first, and more when they do not suffice.
  private static long number(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(0, name.length() - ".log".length()));
  }

  private static void cut(Damage damage) throws IOException {
    try (FileChannel channel = FileChannel.open(damage.file(), StandardOpenOption.WRITE)) {
      log.atWarn()
          .addKeyValue("file", damage.file())
          .addKeyValue("bytes", channel.size() - damage.at())
          .log("a write that was never finished is dropped");
      channel.truncate(damage.at());
      channel.force(true);
    }
  }

  /// The first one; empty when every record is whole, or only the end of the last one is missing,
  /// and nothing but zeroes are behind.
  Optional<Damage> damage() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      boolean within = false; // A record of which the last fragment is still to come.
      for (long start = 0; start < size; start += BLOCK_BYTES) {
        ByteBuffer block = block(channel, start);
        int end = 0;
        while (isWhole(block, end)) {
          within = type(block, end) != FULL && type(block, end) != LAST;
          end += HEADER_BYTES + length(block, end);
        }
        if (end < block.limit() && !isPadding(block, end)) {
          if (!within && isClear(block, end) && isClear(channel, start + BLOCK_BYTES)) {
            return Optional.empty();
          }
          boolean more = beginsWithin(block, end + 1) || beginsLater(channel, start + BLOCK_BYTES);
          return Optional.of(new Damage(file, start + end, !more));
        }
      }
    }
    return Optional.empty();
  }

  private static ByteBuffer block(FileChannel channel, long start) throws IOException {
    var block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {}
    return block.flip();
  }

  /// Where the whole fragments of a block end.
  private static int endOfWhole(ByteBuffer block) {
    int at = 0;
    while (isWhole(block, at)) {
      at += HEADER_BYTES + length(block, at);
    }
    return at;
  }

  /// What is left of a block that has no room for a header.
  private static boolean isPadding(ByteBuffer block, int at) {
    return block.limit() == BLOCK_BYTES && BLOCK_BYTES - at < HEADER_BYTES;
  }

  private static boolean isClear(ByteBuffer block, int from) {
    int at = from;
    while (at < block.limit() && block.get(at) == 0) {
      at++;
    }
    return at == block.limit();
  }

  private static boolean isClear(FileChannel channel, long from) throws IOException {
    boolean clear = true;
    for (long start = from; clear && start < channel.size(); start += BLOCK_BYTES) {
      clear = isClear(block(channel, start), 0);
    }
    return clear;
  }

  private static boolean beginsWithin(ByteBuffer block, int from) {
    for (int at = from; at + HEADER_BYTES <= block.limit(); at++) {
      if (begins(block, at)) {
        return true;
      }
    }
    return false;
  }

  /// A later block may begin with the rest of the record that is torn; behind it comes what we look
  /// for.
  private static boolean beginsLater(FileChannel channel, long from) throws IOException {
    for (long start = from; start < channel.size(); start += BLOCK_BYTES) {
      ByteBuffer block = block(channel, start);
      int at = 0;
      while (isWhole(block, at)) {
        if (begins(block, at)) {
          return true;
        }
        at += HEADER_BYTES + length(block, at);
      }
    }
    return false;
  }

  private static boolean begins(ByteBuffer block, int at) {
    int type = type(block, at);
    return (type == FULL || type == FIRST) && isWhole(block, at);
  }

  private static boolean isWhole(ByteBuffer block, int at) {
    if (at + HEADER_BYTES > block.limit()
        || at + HEADER_BYTES + length(block, at) > block.limit()) {
      return false;
    }
    int type = type(block, at);
    return type >= FULL && type <= LAST && block.getInt(at) == checksum(block, at);
  }

  private static int type(ByteBuffer block, int at) {
    return block.get(at + HEADER_BYTES - 1);
  }

  private static int length(ByteBuffer block, int at) {
    return Short.toUnsignedInt(block.getShort(at + Integer.BYTES));
  }

  /// Of the type and the bytes, as RocksDB keeps it.
  private static int checksum(ByteBuffer block, int at) {
    var sum = new CRC32C();
    sum.update(block.slice(at + HEADER_BYTES - 1, 1 + length(block, at)));
    int crc = (int) sum.getValue();
    return (crc >>> 15 | crc << 17) + MASK;
  }
}
