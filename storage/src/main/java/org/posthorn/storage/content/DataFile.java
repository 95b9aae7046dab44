package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.system.SyncFailed;

/// A file that is read and written at positions by many threads. An interrupted thread closes the
/// channel that it uses, for all of them (that is how channels are): then the file is opened again.
///
/// Whoever opens a file holds it; it is closed when the last one that held it lets go.
final class DataFile implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  private final Path path;
  private final Set<StandardOpenOption> options;
  private final AtomicInteger holders = new AtomicInteger(1);
  private @Nullable FileChannel channel;
  private boolean closed;
  private boolean replaced;

  /// The file is at least so long: nobody makes it shorter while it is open.
  private final AtomicLong knownBytes = new AtomicLong();

  private interface Work {
    void run(FileChannel channel) throws IOException;
  }

  private DataFile(Path path, Set<StandardOpenOption> options) {
    this.path = path;
    this.options = options;
  }

  static DataFile readable(Path path) {
    return new DataFile(path, Set.of(StandardOpenOption.READ));
  }

  static DataFile writable(Path path) {
    return new DataFile(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  Path path() {
    return path;
  }

  /// One more who needs the file until [#letGo]; false when everybody let go of it already.
  boolean hold() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  void letGo() throws IOException {
    if (holders.decrementAndGet() == 0) {
      close();
    }
  }

  /// Under this name there is another file now, or none: the one that is open can still be read.
  synchronized void replaced() {
    replaced = true;
  }

  /// At once, not when it is first used.
  void open() throws IOException {
    uninterrupted(_ -> {});
  }

  long size() throws IOException {
    var size = new long[1];
    uninterrupted(open -> size[0] = open.size());
    return size[0];
  }

  /// Whether the file has so many bytes. Asked for every message that is read, so the system is
  /// asked only when it has to be, and not about what we wrote: whoever asks when a file was
  /// changed makes Linux note the next change in the file's inode too, which the next sync then
  /// writes.
  boolean reaches(long bytes) throws IOException {
    if (bytes > knownBytes.get()) {
      known(size());
    }
    return bytes <= knownBytes.get();
  }

  private void known(long bytes) {
    if (bytes > knownBytes.get()) {
      knownBytes.accumulateAndGet(bytes, Math::max);
    }
  }

  /// Fills `into` as far as there are bytes, and flips it. Where the disk cannot read on behind
  /// `needed` bytes, those before are all there is.
  ByteBuffer readSome(long position, ByteBuffer into, int needed) throws IOException {
    int start = into.position();
    uninterrupted(open -> {
      into.position(start);
      int count = 0;
      while (into.hasRemaining() && count >= 0) {
        count = readOn(open, position - start, into, start + needed);
      }
    });
    return into.flip().position(start);
  }

  private static int readOn(FileChannel open, long position, ByteBuffer into, int needed)
      throws IOException {
    try {
      return open.read(into, position + into.position());
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      if (into.position() < needed) {
        throw e;
      }
      return -1;
    }
  }

  /// Fills `into`, and flips it. Throws `EOFException` where the file ends earlier.
  ByteBuffer read(long position, ByteBuffer into) throws IOException {
    int start = into.position();
    uninterrupted(open -> {
      into.position(start);
      while (into.hasRemaining()) {
        // In pieces, since the JDK keeps a buffer outside the heap as large as the largest one.
        ByteBuffer piece = into.slice(into.position(), Math.min(into.remaining(), PIECE_BYTES));
        int count = open.read(piece, position + into.position() - start);
        if (count < 0) {
          throw new EOFException(path + " ends early");
        }
        into.position(into.position() + count);
      }
    });
    return into.flip().position(start);
  }

  void write(long position, ByteBuffer bytes) throws IOException {
    int start = bytes.position();
    uninterrupted(open -> {
      bytes.position(start);
      while (bytes.hasRemaining()) {
        open.write(bytes, position + bytes.position() - start);
      }
    });
    known(position + bytes.limit() - start);
  }

  /// Returns when all that was written before is on the disk. Throws [SyncFailed] when that was
  /// tried in vain.
  void force() throws IOException {
    uninterrupted(open -> SyncFailed.orForce(open, false));
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (channel != null) {
      channel.close();
    }
  }

  private void uninterrupted(Work work) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          work.run(channel());
          return;
        } catch (ClosedByInterruptException _) {
          interrupted |= Thread.interrupted();
        } catch (ClosedChannelException e) {
          checkOpen(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void checkOpen(ClosedChannelException e) throws ClosedChannelException {
    if (closed) {
      throw e;
    }
  }

  private synchronized FileChannel channel() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (channel == null || !channel.isOpen()) {
      if (replaced) {
        throw new IOException(path + " was rewritten meanwhile: read it again");
      }
      channel = FileChannel.open(path, options);
    }
    return channel;
  }
}
