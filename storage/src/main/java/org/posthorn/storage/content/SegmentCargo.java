package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.system.SystemErrors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Small contents that go with the commits that name them: the log of the rows has them durably
/// until their segment is synced. They are in the segment at once all the same, and read from
/// there; only a loss of power can take them away, and then they come back from the log at the next
/// start. So a message costs one `fsync`, not two.
///
/// First it is the home of an engine that is being opened, then [SegmentContentStore#openIn] makes
/// it that of a store. Safe for use by many threads.
///
/// A record goes as 1 (its form), the number of its segment (4 bytes), the segment's salt (8), its
/// offset (8) and its bytes.
public final class SegmentCargo implements Cargo.Home {
  private static final Logger log = LoggerFactory.getLogger(SegmentCargo.class);

  /// Longer records are synced where they are.
  static final int RECORD_BYTES_MAX = 16 << 10;

  private static final byte FORM = 1;
  private static final int HEADER_BYTES = 1 + Integer.BYTES + 2 * Long.BYTES;

  private final Path directory;

  /// Those to which something was brought.
  private final Map<Integer, Segment> brought = new TreeMap<>();

  private @Nullable DirectoryLock lock;

  /// So many records of the log go where the disk cannot read what is beside them. Most were there
  /// before.
  private int skipped;

  private volatile @Nullable Runnable store;

  /// For the contents in `directory`, which need not exist. Nobody has them open.
  public SegmentCargo(Path directory) {
    this.directory = directory;
  }

  /// From now on `settle` is what [#settle] does.
  void belongsTo(Runnable settle) {
    store = settle;
  }

  static Cargo of(Segment segment, long offset, byte[] record, Runnable whenArrived) {
    byte[] bytes =
        ByteBuffer.allocate(HEADER_BYTES + record.length)
            .put(FORM)
            .putInt(segment.number())
            .putLong(segment.salt())
            .putLong(offset)
            .put(record)
            .array();
    return new Carried(segment, offset, bytes, whenArrived);
  }

  /// A record that a commit carries.
  private static final class Carried implements Cargo {
    private final Segment segment;
    private final long offset;
    private final byte[] bytes;
    private final Runnable whenArrived;

    Carried(Segment segment, long offset, byte[] bytes, Runnable whenArrived) {
      this.segment = segment;
      this.offset = offset;
      this.bytes = bytes;
      this.whenArrived = whenArrived;
    }

    @Override
    public byte[] bytes() {
      return bytes;
    }

    @Override
    public void arrived() {
      segment.isCarried(offset);
      whenArrived.run();
    }
  }

  @Override
  public synchronized void bring(ByteBuffer cargo) {
    if (lock == null) {
      lock = SegmentContentStore.lock(directory);
    }
    boolean done = false;
    try {
      restore(cargo);
      done = true;
    } catch (IOException e) {
      throw cannot(e);
    } finally {
      if (!done) {
        letGo();
      }
    }
  }

  private void restore(ByteBuffer cargo) throws IOException {
    if (cargo.get() != FORM) {
      throw new StorageUnavailable(
          "The log of the rows was written by a newer Posthorn: install that one again");
    }
    int number = cargo.getInt();
    long salt = cargo.getLong();
    Segment segment = brought.get(number);
    if (segment == null) {
      Path segments = Files.createDirectories(SegmentContentStore.segments(directory));
      segment = Segment.openToRestore(segments, number, salt);
      brought.put(number, segment);
    }
    try {
      segment.restore(salt, cargo.getLong(), cargo);
    } catch (IOException e) {
      if (segment.condition() != Segment.Condition.UNREADABLE
          || !SystemErrors.areUnreadable(String.valueOf(e.getMessage()))) {
        throw e;
      }
      skipped++; // Linux reads a page before it writes a part of it.
    }
  }

  @Override
  public synchronized void settle() {
    Runnable open = store;
    if (open != null) {
      open.run();
      return;
    }
    try {
      settleBrought();
    } catch (IOException e) {
      throw cannot(e);
    } finally {
      letGo();
    }
  }

  private void settleBrought() throws IOException {
    if (skipped > 0) {
      log.atError()
          .addKeyValue("directory", directory)
          .addKeyValue("messages", skipped)
          .log("contents-not-brought-back");
      skipped = 0;
    }
    for (Segment segment : brought.values()) {
      segment.force(); // With its name.
    }
  }

  private void letGo() {
    brought.values().forEach(SegmentCargo::close);
    brought.clear();
    DirectoryLock held = lock;
    lock = null;
    if (held != null) {
      held.close();
    }
  }

  private static void close(Segment segment) {
    try {
      segment.file().close();
    } catch (IOException e) {
      throw new StorageUnavailable("A file of contents cannot be closed", e);
    }
  }

  private StorageUnavailable cannot(IOException e) {
    return new StorageUnavailable(
        "Contents that the log of the rows has cannot be written to " + directory, e);
  }
}
