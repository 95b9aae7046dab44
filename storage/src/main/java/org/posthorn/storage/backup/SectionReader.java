package org.posthorn.storage.backup;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;

/// Reads the rows of one section in order. Used by one thread.
final class SectionReader implements AutoCloseable {
  private final Path file;
  private final Section section;
  private final FileChannel channel;
  private final InputStream in;
  private @Nullable RowReader block;
  private long rows;

  SectionReader(Path file, Section section) {
    this.file = file;
    this.section = section;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ).position(section.offset());
      if (channel.size() < section.offset() + section.lengthBytes()) {
        channel.close();
        throw new BackupException.Damaged(file + " ends early");
      }
      in =
          new BufferedInputStream(
              new Limited(Channels.newInputStream(channel), section.lengthBytes()), 64 << 10);
    } catch (NoSuchFileException e) {
      throw new BackupException.Damaged(file + " is missing", e);
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot read " + file, e);
    }
  }

  /// Null at the end.
  @Nullable SavedRow next() {
    try {
      while (block == null || block.atEnd()) {
        Optional<byte[]> bytes = Blocks.read(in);
        if (bytes.isEmpty()) {
          checkWhole();
          return null;
        }
        block = new RowReader(bytes.get());
      }
      rows++;
      return SavedRow.readFrom(block);
    } catch (IOException e) { // A bad sector, for one: it stops no other account.
      throw new BackupException.Damaged("Cannot read " + file + ": " + e.getMessage(), e);
    } catch (BackupException.Damaged | StorageUnavailable e) {
      throw new BackupException.Damaged(file + ": " + e.getMessage(), e);
    }
  }

  private void checkWhole() {
    if (rows != section.rows()) {
      throw new BackupException.Damaged(
          "%s: %d rows instead of %d".formatted(file, rows, section.rows()));
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
