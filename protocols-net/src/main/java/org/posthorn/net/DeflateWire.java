package org.posthorn.net;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// DEFLATE over another wire (RFC 1951, RFC 4978), flushed after every write. One thread may read
/// while another writes.
///
/// zlib needs 256 KiB to compress and 40 to decompress, for each connection. So a connection that
/// waits for a second lets go of them. What goes out then begins with nothing remembered, which the
/// client need not know. What comes in may refer to what came before: the last of it is kept, and
/// the decompressor is made anew if the client has flushed, which shows in the bytes `00 00 FF FF`
/// at the end of what it sent. (Other bytes end so by chance once in 4,000 million pauses; that
/// connection then ends.)
final class DeflateWire {
  private static final int PATIENCE_MILLIS = 1000;
  private static final int WINDOW_BYTES = 32 * 1024;
  private static final int FLUSHED = 0x0000_FFFF;

  /// A plain command begins with no control character, the last block of a stream with one.
  private static final int LAST_BLOCK_MAX = 3;

  private final Wire wire;
  private final BufferPool packets;

  private @Nullable Inflater inflater;
  private byte @Nullable [] packet;

  /// What came in last, decompressed.
  private byte[] history = new byte[0];

  private int historyBytes;

  /// The last four bytes that came in, compressed.
  private int lastBytes;

  private boolean inputEnded;

  private final Object writing = new Object();
  private @Nullable Deflater deflater;

  /// The reader waits: whoever writes lets go of all that it took.
  private boolean resting;

  /// `packets` are for compressed bytes, some hundred at least.
  DeflateWire(Wire wire, BufferPool packets) {
    this.wire = wire;
    this.packets = packets;
  }

  /// As [Wire#read].
  int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
    long start = System.nanoTime();
    while (true) {
      int count = inflate(target, offset, length);
      if (count != 0) {
        return count;
      }
      receive(target, offset, length, left(timeoutMillis, start));
    }
  }

  /// Bytes may come all the time and say nothing.
  private static int left(int timeoutMillis, long start) throws SocketTimeoutException {
    if (timeoutMillis <= 0) {
      return timeoutMillis;
    }
    int left =
        timeoutMillis - Math.toIntExact(Duration.ofNanos(System.nanoTime() - start).toMillis());
    if (left <= 0) {
      throw new SocketTimeoutException("Nothing was said for too long");
    }
    return left;
  }

  /// As [Wire#write].
  void write(byte[] bytes, int offset, int length) throws IOException {
    synchronized (writing) {
      Deflater present = deflater;
      if (present == null) {
        present = new Deflater(Deflater.BEST_SPEED, true);
        deflater = present;
      }
      present.setInput(bytes, offset, length);
      send(present, Deflater.SYNC_FLUSH);
      if (resting) {
        forgetDeflater();
      }
    }
  }

  /// Says that what follows is not compressed.
  void finishOutput() throws IOException {
    synchronized (writing) {
      var last = new Deflater(Deflater.BEST_SPEED, true);
      last.finish();
      send(last, Deflater.NO_FLUSH);
      last.end();
      forgetDeflater();
    }
  }

  /// Reads bytes behind the end of what is compressed; as [Wire#read].
  int readPlain(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
    long start = System.nanoTime();
    Inflater present = inflater;
    while (present != null && !present.finished()) {
      byte[] one = {target[offset]};
      if (present.needsInput()) {
        int count = wire.read(one, 0, 1, left(timeoutMillis, start));
        boolean plain = present.getRemaining() == 0 && (one[0] & 0xff) > LAST_BLOCK_MAX;
        if (count < 0 || (plain && lastBytes == FLUSHED)) {
          target[offset] = one[0];
          release();
          return count;
        }
        lastBytes = lastBytes << 8 | (one[0] & 0xff);
        present.setInput(one, 0, 1);
      }
      if (uncompressed(present, one, 0, 1) > 0) {
        throw new IOException("A command behind the end of what is compressed");
      }
    }
    if (present != null && present.getRemaining() > 0) {
      throw new IOException("A command came before it was known that it would be understood");
    }
    release();
    return wire.read(target, offset, length, left(timeoutMillis, start));
  }

  /// Lets go of everything; the wire is not used any more.
  void release() {
    synchronized (writing) {
      forgetDeflater();
    }
    forgetInflater();
    forgetPacket();
  }

  private void send(Deflater present, int flush) throws IOException {
    byte[] packed = packets.borrow();
    try {
      int count;
      do {
        count = present.deflate(packed, 0, packed.length, flush);
        wire.write(packed, 0, count);
      } while (count == packed.length);
    } finally {
      packets.giveBack(packed);
    }
  }

  /// 0: more must be received; -1: the client has ended it.
  private int inflate(byte[] target, int offset, int length) throws IOException {
    Inflater present = inflater;
    if (present == null || inputEnded) {
      return inputEnded ? -1 : 0;
    }
    int count = uncompressed(present, target, offset, length);
    remember(target, offset, count);
    if (count == 0 && present.finished()) {
      inputEnded = true;
      return -1;
    }
    return count;
  }

  private static int uncompressed(Inflater inflater, byte[] target, int offset, int length)
      throws IOException {
    try {
      int count = inflater.inflate(target, offset, length);
      if (count == 0 && inflater.needsDictionary()) {
        throw new IOException("The client's compression cannot be read");
      }
      return count;
    } catch (DataFormatException e) {
      throw new IOException("The client's compression cannot be read", e);
    }
  }

  /// Who rests waits in the target itself, as long as it takes; else a moment with the packet in
  /// hand.
  private void receive(byte[] target, int offset, int length, int timeoutMillis)
      throws IOException {
    if (isResting()) {
      take(target, offset, wire.read(target, offset, length, timeoutMillis));
      return;
    }
    boolean ends = timeoutMillis > 0 && timeoutMillis <= PATIENCE_MILLIS;
    byte[] borrowed = packet();
    try {
      int patience = ends ? timeoutMillis : PATIENCE_MILLIS;
      taken(borrowed, 0, wire.read(borrowed, 0, borrowed.length, patience));
    } catch (SocketTimeoutException e) {
      if (ends) {
        throw e;
      }
      rest();
    }
  }

  /// Bytes that were received in another array, which has other uses.
  private void take(byte[] bytes, int offset, int count) throws IOException {
    if (count < 0) {
      inputEnded = true;
      return;
    }
    byte[] borrowed = packet();
    if (count > borrowed.length) {
      borrowed = Arrays.copyOfRange(bytes, offset, offset + count);
    } else {
      System.arraycopy(bytes, offset, borrowed, 0, count);
    }
    taken(borrowed, 0, count);
  }

  private void taken(byte[] bytes, int offset, int count) throws IOException {
    if (count < 0) {
      inputEnded = true;
      return;
    }
    synchronized (writing) {
      resting = false;
    }
    for (int i = Math.max(0, count - 4); i < count; i++) {
      lastBytes = lastBytes << 8 | (bytes[offset + i] & 0xff);
    }
    Inflater present = inflater;
    if (present == null) {
      present = new Inflater(true);
      if (historyBytes > 0) {
        present.setDictionary(history, 0, historyBytes);
      }
      inflater = present;
    }
    present.setInput(bytes, offset, count);
  }

  private void remember(byte[] bytes, int offset, int count) {
    int kept = Math.min(count, WINDOW_BYTES);
    int old = Math.min(historyBytes, WINDOW_BYTES - kept);
    if (old + kept > history.length) {
      int room = Math.min(WINDOW_BYTES, Math.max(2 * history.length, old + kept));
      history = Arrays.copyOf(history, Math.max(room, historyBytes));
    }
    System.arraycopy(history, historyBytes - old, history, 0, old);
    System.arraycopy(bytes, offset + count - kept, history, old, kept);
    historyBytes = old + kept;
  }

  private byte[] packet() {
    byte[] present = packet;
    if (present == null) {
      present = packets.borrow();
      packet = present;
    }
    return present;
  }

  private boolean isResting() {
    synchronized (writing) {
      return resting;
    }
  }

  private void rest() {
    synchronized (writing) {
      resting = true;
      forgetDeflater();
    }
    if (lastBytes == FLUSHED) {
      forgetInflater();
      history = Arrays.copyOf(history, historyBytes);
    }
    forgetPacket();
  }

  private void forgetDeflater() {
    if (deflater != null) {
      deflater.end();
      deflater = null;
    }
  }

  private void forgetInflater() {
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
  }

  private void forgetPacket() {
    if (packet != null) {
      packets.giveBack(packet);
      packet = null;
    }
  }
}
