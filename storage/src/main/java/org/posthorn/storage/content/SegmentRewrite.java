package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes a segment anew with some stretches of it only, byte for byte, durably. Used by one
/// thread.
final class SegmentRewrite {
  private static final int PIECE_BYTES = 256 << 10;

  private final Segment from;
  private final DataFile to;
  private final Disk disk;
  private final Pace pace;
  private final ByteBuffer buffer = ByteBuffer.allocate(PIECE_BYTES);
  private long end;

  private SegmentRewrite(Segment from, DataFile to, Disk disk, Pace pace) {
    this.from = from;
    this.to = to;
    this.disk = disk;
    this.pace = pace;
  }

  /// Each of the stretches to keep lies within one of the segment's. The file is as old as the one
  /// before. When this throws, nothing is left.
  static void write(Segment from, Stretches kept, Path path, Disk disk, Pace pace)
      throws IOException {
    try (DataFile to = disk.create(path)) {
      var rewrite = new SegmentRewrite(from, to, disk, pace);
      rewrite.append(from.rewrittenHeader());
      for (int i = 0; i < kept.count(); i++) {
        rewrite.copy(kept.start(i), kept.end(i));
      }
      rewrite.append(kept.encode());
      Files.setLastModifiedTime(path, Files.getLastModifiedTime(from.file().path()));
      disk.force(to);
    } catch (IOException | RuntimeException e) {
      disk.delete(path);
      throw e;
    }
  }

  private void copy(long start, long end) throws IOException {
    for (long at = start; at < end; at += PIECE_BYTES) {
      pace.pause();
      buffer.clear().limit((int) Math.min(PIECE_BYTES, end - at));
      append(from.file().read(from.positionOf(at), buffer));
    }
  }

  private void append(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    disk.write(to, end, bytes);
    end += length;
  }
}
