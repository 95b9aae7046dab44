package org.posthorn.smtp.wire;

import static org.posthorn.smtp.wire.EnhancedStatus.CONTENT_NOT_AVAILABLE;
import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.posthorn.net.WireInput;

/// The text in the chunks of BDAT commands (RFC 3030 §2), and of URLs in their place (RFC 4468), as
/// one stream: at the end of a chunk the next one is asked for. What stands in a chunk is never a
/// command and never an end. Confined to the connection's thread.
public final class ChunkReader extends MessageText {
  /// Tells the client that a chunk is here and waits for the next; throws when none will come.
  @FunctionalInterface
  public interface NextChunk {
    Chunk await() throws IOException;
  }

  /// A piece of a text: bytes that come from the client, or that are `here`.
  public record Chunk(long sizeBytes, boolean last, Optional<InputStream> here) {
    public static Chunk of(SmtpCommand.Bdat bdat) {
      return new Chunk(bdat.sizeBytes(), bdat.last(), Optional.empty());
    }
  }

  /// The store has it and cannot read it: another try would meet the same.
  public static final SmtpReply UNREADABLE =
      SmtpReply.of(554, CONTENT_NOT_AVAILABLE, "The text of the URL cannot be read");

  private static final int DRAIN_BYTES = 4096;

  private final WireInput input;
  private final Patience patience;
  private final NextChunk nextChunk;
  private final TextLimits limits;
  private final TextScan scan;
  private long announcedBytes;
  private long leftBytes;
  private boolean last;
  private boolean isHere;
  private InputStream here = InputStream.nullInputStream();

  /// `binary`: any bytes are welcome.
  public ChunkReader(
      WireInput input,
      Patience patience,
      TextLimits limits,
      boolean binary,
      Chunk first,
      NextChunk nextChunk) {
    this.input = input;
    this.patience = patience;
    this.nextChunk = nextChunk;
    this.limits = limits;
    this.scan = new TextScan(binary ? TextScan.Kind.BINARY : TextScan.Kind.CHUNKED, limits);
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
    if (isHere) {
      here.close();
      leftBytes = 0;
    }
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
  public long sizeBytes() {
    return scan.sizeBytes();
  }

  @Override
  public boolean isLast() {
    return last;
  }

  private int take(byte[] target, int offset, int length) throws IOException {
    int most = (int) Math.min(length, leftBytes);
    if (isHere) {
      return takeHere(target, offset, most);
    }
    if (!input.hasBuffered()) {
      patience.beforeWaiting();
    }
    int count = input.read(target, offset, most);
    if (count < 0) {
      throw new EOFException("The client closed the connection");
    }
    leftBytes -= count;
    return count;
  }

  private int takeHere(byte[] target, int offset, int most) throws IOException {
    int count = readHere(target, offset, most);
    if (count < 0) {
      throw new MessageRefused(
          SmtpReply.of(451, CONTENT_NOT_AVAILABLE, "The text of the URL is cut off"));
    }
    leftBytes -= count;
    if (leftBytes == 0) {
      here.close();
    }
    return count;
  }

  /// Whatever goes wrong with it, the client is still there.
  private int readHere(byte[] target, int offset, int most) throws MessageRefused {
    try {
      return here.read(target, offset, most);
    } catch (IOException _) {
      throw new MessageRefused(UNREADABLE);
    }
  }

  private void begin(Chunk chunk) {
    isHere = chunk.here().isPresent();
    here = chunk.here().orElseGet(InputStream::nullInputStream);
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
