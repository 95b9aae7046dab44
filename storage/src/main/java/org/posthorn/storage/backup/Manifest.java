package org.posthorn.storage.backup;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What makes a run a run: written last, whole or not at all. Blocks: a head, blocks of partitions
/// (domains first, then accounts, then from form 2 on plugins' stores, each in the order of their
/// names), and a last one with sums and the names of all files that the run needs.
final class Manifest {
  private static final int FORM = 2;
  private static final int PARTITIONS = 1;
  private static final int LAST = 2;
  private static final int BLOCK_BYTES = 256 << 10;

  private Manifest() {}

  /// What the last block says.
  record Sum(Run run, PackSet packs, Set<String> rows) {}

  /// Used by one thread. Closed before [#end], there is no run.
  static final class Writer implements AutoCloseable {
    private final Path whole;
    private final Path part;
    private final OutputStream out;
    private final FileChannel channel;
    private final PackSet packs = new PackSet();
    private final Set<String> rows = new HashSet<>();
    private RowWriter block = begin(PARTITIONS);

    Writer(Path file) throws IOException {
      this.whole = file;
      this.part = file.resolveSibling(file.getFileName() + ".part");
      this.channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel));
    }

    void add(SavedPartition saved) throws IOException {
      saved.writeTo(block);
      packs.addAll(saved.packs());
      saved.sections().forEach(section -> rows.add(section.run()));
      if (block.size() > BLOCK_BYTES) {
        flush();
      }
    }

    /// The run is there when this returns.
    void end(Run run) throws IOException {
      flush();
      RowWriter last = begin(LAST);
      write(run, last);
      packs.writeTo(last);
      last.number(rows.size());
      rows.forEach(last::text);
      Blocks.write(out, Packing.DEFLATE, last.toBytes());
      out.flush();
      channel.force(true);
      channel.close();
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
      BackupFolder.forceDirectoryOf(whole);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }

    private void flush() throws IOException {
      Blocks.write(out, Packing.DEFLATE, block.toBytes());
      block = begin(PARTITIONS);
    }

    private static RowWriter begin(int kind) {
      return new RowWriter(BLOCK_BYTES + (4 << 10)).raw(FORM).raw(kind);
    }

    private static void write(Run run, RowWriter row) {
      row.text(run.id()).text(run.serverVersion());
      row.number(run.begun().toEpochMilli()).number(run.ended().toEpochMilli());
      row.raw(run.first() ? 1 : 0).number(run.domains()).number(run.accounts());
      row.number(run.changed()).number(run.messages()).number(run.sizeBytes());
      row.number(run.contents()).number(run.rowBytes()).number(run.contentBytes());
      row.number(run.unread());
    }
  }

  /// Reads partitions in their order, and the sum at the end. Used by one thread.
  static final class Reader implements AutoCloseable {
    private final Path file;
    private final InputStream in;
    private @Nullable RowReader block;
    private @Nullable Sum sum;

    Reader(Path file) {
      this.file = file;
      try {
        in = new BufferedInputStream(Files.newInputStream(file));
      } catch (NoSuchFileException e) {
        throw new BackupException.Damaged(file + " is missing", e);
      } catch (IOException e) {
        throw new BackupException.Failed("Cannot read " + file, e);
      }
    }

    /// Null behind the last one; then there is the sum.
    @Nullable SavedPartition next() {
      try {
        while (sum == null && (block == null || block.atEnd())) {
          Optional<byte[]> bytes = Blocks.read(in);
          if (bytes.isEmpty()) {
            throw new BackupException.Damaged("it ends early");
          }
          begin(new RowReader(bytes.get()));
        }
        return sum != null || block == null ? null : SavedPartition.readFrom(block);
      } catch (IOException e) { // A bad sector, for one: other runs can be read.
        throw new BackupException.Damaged("Cannot read " + file + ": " + e.getMessage(), e);
      } catch (BackupException.Damaged | StorageUnavailable | IllegalArgumentException e) {
        throw new BackupException.Damaged(file + ": " + e.getMessage(), e);
      }
    }

    private void begin(RowReader row) {
      row.form(FORM);
      if (row.raw() == LAST) {
        sum = last(row);
      } else {
        block = row;
      }
    }

    private static Sum last(RowReader row) {
      var run =
          new Run(
              row.text(),
              row.text(),
              Instant.ofEpochMilli(row.number()),
              Instant.ofEpochMilli(row.number()),
              row.raw() == 1,
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              row.number(),
              "");
      PackSet packs = PackSet.readFrom(row);
      Set<String> rows = new HashSet<>();
      int count = row.count();
      for (int i = 0; i < count; i++) {
        rows.add(row.text());
      }
      return new Sum(run, packs, rows);
    }

    /// Reads all that is left.
    Sum sum() {
      while (sum == null) {
        next();
      }
      return sum;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new BackupException.Failed("Cannot close " + file, e);
      }
    }
  }
}
