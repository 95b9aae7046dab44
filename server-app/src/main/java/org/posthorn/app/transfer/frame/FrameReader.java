package org.posthorn.app.transfer.frame;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.SourceKey;

/// Reads what a [FrameWriter] wrote. Used by one thread at a time.
public final class FrameReader {
  private static final int BUFFER_BYTES = 64 << 10;
  static final int TEXT_MAX_BYTES = 64 << 10;
  static final int TEXTS_MAX = 10_000;

  private final DataInputStream in;
  private boolean begun;

  public FrameReader(InputStream source) {
    this.in = new DataInputStream(new BufferedInputStream(source, BUFFER_BYTES));
  }

  /// The sender gave up on the message that is being read.
  public static final class Abandoned extends IOException {
    private static final long serialVersionUID = 1L;

    Abandoned() {
      super("The sender gave up on this message");
    }
  }

  /// What is sent is no stream of mail.
  public static final class Malformed extends IOException {
    private static final long serialVersionUID = 1L;

    public Malformed(String message) {
      super(message);
    }
  }

  /// The next frame. After a message its [#contents] must be read to their end first.
  public Frame next() throws IOException {
    if (!begun) {
      begin();
    }
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case FrameWriter.FOLDER ->
          new Frame.Folder(
              in.readInt(),
              text(),
              text(),
              in.readBoolean(),
              in.readBoolean(),
              in.readLong(),
              in.readLong());
      case FrameWriter.MESSAGE ->
          new Frame.Message(in.readInt(), key(), texts(), in.readLong(), text());
      case FrameWriter.FLAGGED -> new Frame.Flagged(key(), texts());
      case FrameWriter.REMOVED -> new Frame.Removed(key());
      case FrameWriter.MARK -> mark(in.readInt(), key(), key());
      case FrameWriter.SUBSCRIPTION -> new Frame.Subscription(text());
      case FrameWriter.PROBLEM -> new Frame.Problem(text(), text());
      case FrameWriter.END -> new Frame.End();
      default -> throw new Malformed("No frame is of kind " + kind);
    };
  }

  private static Frame.Mark mark(int folder, SourceKey key, SourceKey instead) {
    return new Frame.Mark(folder, key, Optional.of(instead).filter(old -> !old.equals(key)));
  }

  /// The bytes of the message that was read last. Reading throws [Abandoned] when there will be no
  /// more of them.
  public InputStream contents() {
    return new Contents();
  }

  private void begin() throws IOException {
    byte[] magic = in.readNBytes(FrameWriter.MAGIC.length);
    if (magic.length < FrameWriter.MAGIC.length) {
      throw new EOFException("The stream is empty");
    }
    if (!Arrays.equals(magic, FrameWriter.MAGIC)) {
      throw new Malformed("Not a stream of mail");
    }
    begun = true;
  }

  private SourceKey key() throws IOException {
    return new SourceKey(in.readLong(), in.readLong(), in.readLong());
  }

  private List<String> texts() throws IOException {
    int count = in.readInt();
    if (count < 0 || count > TEXTS_MAX) {
      throw new Malformed("A list of " + count + " texts");
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      texts.add(text());
    }
    return texts;
  }

  private String text() throws IOException {
    int length = in.readInt();
    if (length < 0 || length > TEXT_MAX_BYTES) {
      throw new Malformed("A text of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("The stream ends early");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private final class Contents extends InputStream {
    private int left;
    private boolean ended;

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0 && !piece()) {
        return -1;
      }
      int count = in.read(into, offset, Math.min(length, left));
      if (count < 0) {
        throw new EOFException("The stream ends early");
      }
      left -= count;
      return count;
    }

    private boolean piece() throws IOException {
      if (ended) {
        return false;
      }
      left = in.readInt();
      ended = left <= 0;
      if (left == FrameWriter.ABANDONED) {
        left = 0;
        throw new Abandoned();
      }
      if (left < 0) {
        throw new Malformed("A piece of " + left + " bytes");
      }
      return !ended;
    }
  }
}
