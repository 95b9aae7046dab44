package org.posthorn.storage.backup;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.posthorn.storage.engine.RowWriter;

/// Writes the rows file of one run, section after section. Used by one thread.
final class RowsWriter implements AutoCloseable {
  private static final int BLOCK_BYTES = 256 << 10;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path file;
  private final String run;
  private final FileChannel channel;
  private OutputStream out;
  private RowWriter block = new RowWriter(BLOCK_BYTES + (80 << 10));
  private long begin;
  private long at;
  private long rows;

  RowsWriter(Path file, String run) {
    this.file = file;
    this.run = run;
    try {
      this.channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write " + file, e);
    }
    this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
  }

  /// Begins a section where the last one ended; what was begun and not ended is forgotten.
  void begin() {
    try {
      out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      channel.truncate(begin).position(begin);
      at = begin;
      rows = 0;
      block = new RowWriter(BLOCK_BYTES + (80 << 10));
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write " + file, e);
    }
  }

  /// Rows come in the order of their keys.
  void add(SavedRow row) {
    row.writeTo(block);
    rows++;
    if (block.size() >= BLOCK_BYTES) {
      flushBlock();
    }
  }

  Section end() {
    flushBlock();
    try {
      out.flush();
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write " + file, e);
    }
    var section = new Section(run, begin, at - begin, rows);
    begin = at;
    return section;
  }

  long sizeBytes() {
    return begin;
  }

  /// What was written is on the disk when this returns.
  void force() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write " + file, e);
    }
  }

  private void flushBlock() {
    if (block.size() == 0) {
      return;
    }
    try {
      at += Blocks.write(out, Packing.ZSTD, block.toBytes());
      block = new RowWriter(BLOCK_BYTES + (80 << 10));
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write " + file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot close " + file, e);
    }
  }
}
