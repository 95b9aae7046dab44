package org.posthorn.smtp.wire;

import java.io.IOException;
import java.io.InputStream;

/// The text of a message as a client sends it, read as it comes. Its `read` methods throw
/// [MessageRefused] when the text is not acceptable; other exceptions mean that the client is gone.
/// Confined to the connection's thread.
public abstract sealed class MessageText extends InputStream permits DataReader, ChunkReader {
  /// Reads on and forgets, to where the client's next command begins. Returns false when that is
  /// more than `maxBytes` away: then nothing is known about what follows.
  public abstract boolean drain(long maxBytes) throws IOException;

  /// Whether the client waits for the reply to the message, and not only to a part of it.
  public abstract boolean isLast();

  /// How much of it has come.
  public abstract long sizeBytes();

  @Override
  public abstract int read(byte[] target, int offset, int length) throws IOException;

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
