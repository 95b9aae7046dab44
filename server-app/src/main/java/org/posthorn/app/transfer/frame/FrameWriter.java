package org.posthorn.app.transfer.frame;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.Flushable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.posthorn.storage.account.SourceKey;

/// Writes frames to a stream. Used by one thread at a time.
public final class FrameWriter implements Flushable {
  static final byte[] MAGIC = "posthorn mail 1\n".getBytes(StandardCharsets.US_ASCII);
  static final int FOLDER = 'F';
  static final int MESSAGE = 'M';
  static final int FLAGGED = 'G';
  static final int REMOVED = 'R';
  static final int MARK = 'K';
  static final int SUBSCRIPTION = 'S';
  static final int PROBLEM = 'P';
  static final int END = 'E';

  /// Instead of the length of a piece: there is no more of this message, and it is not whole.
  static final int ABANDONED = -1;

  private static final int BUFFER_BYTES = 64 << 10;

  private final DataOutputStream out;
  private final byte[] piece = new byte[BUFFER_BYTES];

  public FrameWriter(OutputStream target) throws IOException {
    this.out = new DataOutputStream(new BufferedOutputStream(target, BUFFER_BYTES));
    out.write(MAGIC);
  }

  public void write(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Folder f -> folder(f);
      case Frame.Message m -> {
        out.writeByte(MESSAGE);
        out.writeInt(m.folder());
        key(m.key());
        texts(m.flags());
        out.writeLong(m.internalMillis());
        text(m.label());
      }
      case Frame.Flagged(var key, var flags) -> {
        out.writeByte(FLAGGED);
        key(key);
        texts(flags);
      }
      case Frame.Removed(var key) -> {
        out.writeByte(REMOVED);
        key(key);
      }
      case Frame.Mark(int folder, var key, var instead) -> {
        out.writeByte(MARK);
        out.writeInt(folder);
        key(key);
        key(instead.orElse(key));
      }
      case Frame.Subscription(var name) -> {
        out.writeByte(SUBSCRIPTION);
        text(name);
      }
      case Frame.Problem(var kind, var label) -> {
        out.writeByte(PROBLEM);
        text(kind);
        text(label);
      }
      case Frame.End _ -> out.writeByte(END);
    }
  }

  private void folder(Frame.Folder folder) throws IOException {
    out.writeByte(FOLDER);
    out.writeInt(folder.number());
    text(folder.name());
    text(folder.use());
    out.writeBoolean(folder.keepName());
    out.writeBoolean(folder.subscribed());
    out.writeLong(folder.messages());
    out.writeLong(folder.bytes());
  }

  /// The bytes of the message whose frame was written last; how many. When reading fails, the other
  /// side is told to forget the message, and the failure comes out as [SourceFailed].
  public long contents(InputStream bytes) throws IOException {
    long total = 0;
    while (true) {
      int count = read(bytes);
      out.writeInt(Math.max(count, 0));
      if (count <= 0) {
        return total;
      }
      out.write(piece, 0, count);
      total += count;
    }
  }

  private int read(InputStream bytes) throws IOException {
    try {
      return bytes.readNBytes(piece, 0, piece.length);
    } catch (IOException | RuntimeException e) {
      out.writeInt(ABANDONED);
      throw new SourceFailed(e);
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  private void key(SourceKey key) throws IOException {
    out.writeLong(key.source());
    out.writeLong(key.high());
    out.writeLong(key.low());
  }

  /// Not more, and none longer, than a reader takes: nothing real is, and strangers write some.
  private void texts(List<String> texts) throws IOException {
    int count = Math.min(texts.size(), FrameReader.TEXTS_MAX);
    out.writeInt(count);
    for (String text : texts.subList(0, count)) {
      text(text);
    }
  }

  private void text(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, FrameReader.TEXT_MAX_BYTES);
    out.writeInt(length);
    out.write(bytes, 0, length);
  }
}
