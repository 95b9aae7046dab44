package org.posthorn.smtp.wire;

import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;

import java.io.EOFException;
import java.io.IOException;
import org.posthorn.net.WireInput;

/// The text in the chunks of BDAT commands (RFC 3030 §2), as one stream: at the end of a chunk the
/// next one is asked for. What stands in a chunk is never a command and never an end. Confined to
/// the connection's thread.
public final class ChunkReader extends MessageText {
  /// Tells the client that a chunk is here and waits for the next; throws when none will come.
  @FunctionalInterface
  public interface NextChunk {
    SmtpCommand.Bdat await() throws IOException;
  }

  private static final int DRAIN_BYTES = 4096;

  private final WireInput input;
  private final Patience patience;
  private final NextChunk nextChunk;
  private final TextLimits limits;
  private final TextScan scan;
  private long announcedBytes;
  private long leftBytes;
  private boolean last;

  public ChunkReader(
      WireInput input,
      Patience patience,
      TextLimits limits,
      SmtpCommand.Bdat first,
      NextChunk nextChunk) {
    this.input = input;
    this.patience = patience;
    this.nextChunk = nextChunk;
    this.limits = limits;
    this.scan = new TextScan(false, limits);
    begin(first);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    checkSize();
    while (leftBytes == 0) {
      if (last) {
        scan.end();
        check();
        return -1;
      }
      begin(nextChunk.await());
      checkSize();
    }
    int count = take(target, offset, length);
    scan.keep(target, offset, offset + count);
    check();
    return count;
  }

  /// To the end of the chunk that has begun.
  @Override
  public boolean drain(long maxBytes) throws IOException {
    if (leftBytes == 0 || leftBytes > maxBytes) {
      return leftBytes == 0;
    }
    byte[] bytes = new byte[DRAIN_BYTES];
    while (leftBytes > 0) {
      take(bytes, 0, bytes.length);
    }
    return true;
  }

  @Override
  public boolean isLast() {
    return last;
  }

  private int take(byte[] target, int offset, int length) throws IOException {
    if (!input.hasBuffered()) {
      patience.beforeWaiting();
    }
    int count = input.read(target, offset, (int) Math.min(length, leftBytes));
    if (count < 0) {
      throw new EOFException("The client closed the connection");
    }
    leftBytes -= count;
    return count;
  }

  private void begin(SmtpCommand.Bdat chunk) {
    announcedBytes += Math.min(chunk.sizeBytes(), Long.MAX_VALUE - announcedBytes);
    leftBytes = chunk.sizeBytes();
    last = chunk.last();
  }

  /// A chunk that makes the message too big is refused before it is read.
  private void checkSize() throws MessageRefused {
    if (announcedBytes > limits.messageMaxBytes()) {
      throw new MessageRefused(SmtpReply.of(552, MESSAGE_TOO_BIG, "Message is too big"));
    }
  }

  private void check() throws MessageRefused {
    SmtpReply refusal = scan.refusal();
    if (refusal != null) {
      throw new MessageRefused(refusal);
    }
  }
}
