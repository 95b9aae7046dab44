package org.posthorn.mailets.content;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;

/// The bytes of a message with some ranges of them made anew, as they go by: memory does not grow
/// with the message. Used by one thread.
public final class Rewritten extends InputStream {
  private final InputStream original;
  private final Iterator<Edit> edits;
  private @Nullable Edit edit;
  private Range range;
  private InputStream piece;
  private long at;

  private Rewritten(InputStream original, List<Edit> edits) {
    this.original = original;
    this.edits = edits.stream().sorted(Comparator.comparingLong(Edit::start)).toList().iterator();
    this.range = new Range(original, 0);
    this.piece = range;
  }

  /// What the bytes from `start` to `end` (exclusive) become. Edits do not overlap.
  public record Edit(long start, long end, Making making) {}

  /// Makes the new bytes from the old ones, of which it may leave the rest unread.
  @FunctionalInterface
  public interface Making {
    InputStream of(InputStream old) throws IOException;
  }

  public static Message of(Message message, List<Edit> edits) {
    try (var bytes = new Rewritten(message.open(), edits)) {
      return message.withBytes(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The bytes of the message from `start` to `end`, decoded from `encoding`, to look at. The
  /// caller closes it.
  public static InputStream decoded(Message message, Part part) throws IOException {
    InputStream all = message.open();
    all.skipNBytes(part.bodyStart());
    return TransferDecoding.decoded(
        new Range(all, part.bodyBytes(), all), part.encoding().orElse("7bit"));
  }

  /// The first bytes of a stream that goes on behind them; closing it closes nothing.
  public static InputStream first(InputStream all, long bytes) {
    return new Range(all, bytes);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = piece.read(into, offset, length);
    while (count < 0 && advance()) {
      count = piece.read(into, offset, length);
    }
    return count;
  }

  /// Opens the next piece: an edit, or the bytes up to the next one. False at the end.
  private boolean advance() throws IOException {
    at += range.drain();
    Edit next = edit;
    if (next != null && at == next.start) {
      range = new Range(original, next.end - next.start);
      piece = next.making.of(range);
      edit = null;
      at = next.start;
      return true;
    }
    if (next == null && edits.hasNext()) {
      edit = edits.next();
      range = new Range(original, edit.start - at);
    } else if (next == null && range.length != Long.MAX_VALUE) {
      range = new Range(original, Long.MAX_VALUE);
    } else {
      return false;
    }
    piece = range;
    return true;
  }

  @Override
  public void close() throws IOException {
    original.close();
  }

  /// So many bytes of a stream.
  private static final class Range extends InputStream {
    private final InputStream all;
    private final long length;
    private final Closeable closedToo;
    private long left;

    /// Closing it closes nothing.
    private Range(InputStream all, long length) {
      this(all, length, () -> {});
    }

    private Range(InputStream all, long length, Closeable closedToo) {
      this.all = all;
      this.length = length;
      this.left = length;
      this.closedToo = closedToo;
    }

    @Override
    public void close() throws IOException {
      closedToo.close();
    }

    /// Reads what nobody wanted; the length of all.
    private long drain() throws IOException {
      byte[] buffer = new byte[8_192];
      while (left > 0 && read(buffer, 0, buffer.length) >= 0) {}
      return length - left;
    }

    @Override
    public int read() throws IOException {
      int b = left == 0 ? -1 : all.read();
      left -= b < 0 ? left : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
      if (left == 0) {
        return count == 0 ? 0 : -1;
      }
      int read = all.read(into, offset, (int) Math.min(count, left));
      left -= read < 0 ? left : read;
      return read;
    }
  }
}
