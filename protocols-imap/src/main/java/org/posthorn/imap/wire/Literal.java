package org.posthorn.imap.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// A message that a client has announced and that is still on the wire. Read it once, to its end,
/// or answer without having opened it. Confined to the connection's thread.
public final class Literal {
  private final Tokens tokens;
  private final long sizeBytes;
  private final boolean synchronizing;
  private long leftBytes;
  private boolean opened;

  Literal(Tokens tokens, long sizeBytes, boolean synchronizing) {
    this.tokens = tokens;
    this.sizeBytes = sizeBytes;
    this.synchronizing = synchronizing;
    this.leftBytes = sizeBytes;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /// The bytes as they arrive; a client that waits to be asked is asked now.
  public InputStream open() throws IOException {
    if (!opened && synchronizing) {
      tokens.goAhead();
    }
    opened = true;
    return new Run();
  }

  /// The client was not asked, so it sends nothing, not even the rest of the line.
  boolean willNotCome() {
    return synchronizing && !opened;
  }

  long leftBytes() {
    return leftBytes;
  }

  private final class Run extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (leftBytes == 0) {
        return -1;
      }
      int count = tokens.readRaw(target, offset, (int) Math.min(length, leftBytes));
      if (count < 0) {
        throw new EOFException("The client closed the connection in mid-message");
      }
      leftBytes -= count;
      return count;
    }
  }
}
