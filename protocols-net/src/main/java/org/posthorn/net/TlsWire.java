package org.posthorn.net;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// TLS over another wire, as the server (RFC 8446, RFC 5246).
///
/// An `SSLSocket` keeps two buffers of 16 KiB for good. Here records are taken in buffers that are
/// borrowed while there is something in them. A caller who waits with a small target is probably
/// idle, so we wait *in the target itself*: what comes is moved to a borrowed buffer, and its clear
/// text goes back into the target. Reading and writing may go on in two threads: the engine allows
/// one `unwrap` beside one `wrap`.
final class TlsWire implements Wire {
  /// What a record and its clear text need at most.
  static final int BUFFER_BYTES = 17 * 1024;

  /// A caller who waits with so much room is receiving a stream.
  private static final int STREAM_BYTES = 4096;

  private static final int RECORD_HEADER_BYTES = 5;

  /// The record types are 20 to 23 (RFC 8446 §5.1).
  private static final int CHANGE_CIPHER_SPEC = 20;

  private static final int APPLICATION_DATA = 23;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Wire wire;
  private final SSLEngine engine;
  private final BufferPool buffers;
  private final ReentrantLock writing = new ReentrantLock();
  private final Lent records;
  private final Lent clear;
  private boolean inputEnded;

  TlsWire(Wire wire, SSLEngine engine, BufferPool buffers) {
    this.wire = wire;
    this.engine = engine;
    this.buffers = buffers;
    this.records = new Lent(buffers);
    this.clear = new Lent(buffers);
  }

  SSLSession session() {
    return engine.getSession();
  }

  /// Shakes hands as the server. Throws `SocketTimeoutException` when that took longer than
  /// `limit`, however busy the client was.
  void handshake(Duration limit) throws IOException {
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    var answer = new ByteArrayOutputStream();
    try {
      engine.beginHandshake();
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status != HandshakeStatus.NOT_HANDSHAKING) {
        status =
            switch (status) {
              case NEED_WRAP -> wrapHandshake(answer);
              case NEED_TASK -> runTasks();
              case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                send(answer);
                yield unwrapHandshake(deadlineNanos);
              }
              case FINISHED, NOT_HANDSHAKING -> engine.getHandshakeStatus();
            };
      }
      send(answer);
    } catch (SSLException e) {
      sendAlert();
      throw e;
    } finally {
      records.giveBackIfEmpty();
      clear.giveBackIfEmpty();
    }
  }

  @Override
  public int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
    long start = timeoutMillis == 0 ? 0 : System.nanoTime();
    int left = timeoutMillis;
    while (true) {
      if (!clear.isEmpty()) {
        return clear.take(target, offset, length);
      }
      if (inputEnded) {
        return -1;
      }
      if (records.isEmpty() && length < STREAM_BYTES) {
        int count = wire.read(target, offset, length, left);
        if (count < 0) {
          inputEnded = true;
          return -1;
        }
        records.put(target, offset, count);
      } else if (!holdsRecord() && !readRecords(left)) {
        return -1;
      }
      if (holdsRecord()) {
        int count = unwrap(target, offset, length);
        if (count != 0) {
          return count;
        }
      }
      left = timeoutMillis == 0 ? 0 : left(start, timeoutMillis);
    }
  }

  /// Bytes may come all the time and be no whole record, or records that say nothing.
  private static int left(long startNanos, int timeoutMillis) throws SocketTimeoutException {
    long left = timeoutMillis - Duration.ofNanos(System.nanoTime() - startNanos).toMillis();
    if (left <= 0) {
      throw new SocketTimeoutException("Nothing was said for too long");
    }
    return (int) left;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
    writing.lock();
    byte[] packet = buffers.borrow();
    try {
      while (source.hasRemaining()) {
        ByteBuffer target = ByteBuffer.wrap(packet);
        SSLEngineResult result = engine.wrap(source, target);
        if (result.getStatus() != SSLEngineResult.Status.OK
            || (result.bytesConsumed() == 0 && result.bytesProduced() == 0)) {
          throw new SSLException("TLS cannot send: " + result);
        }
        wire.write(packet, 0, target.position());
      }
    } finally {
      buffers.giveBack(packet);
      writing.unlock();
    }
  }

  /// Says close_notify, so that the client knows that it has everything.
  @Override
  public void endOutput() throws IOException {
    writing.lock();
    try {
      engine.closeOutbound();
      var notice = new ByteArrayOutputStream();
      while (!engine.isOutboundDone() && wrapOnce(notice)) {
        // There may be something else that waits before it.
      }
      send(notice);
    } finally {
      writing.unlock();
    }
    wire.endOutput();
  }

  /// Gives buffers back with whatever is in them; nothing will be read any more.
  void release() {
    inputEnded = true;
    records.giveBack();
    clear.giveBack();
  }

  private boolean holdsRecord() throws SSLException {
    if (records.length() < RECORD_HEADER_BYTES) {
      return false;
    }
    boolean known = records.at(0) >= CHANGE_CIPHER_SPEC && records.at(0) <= APPLICATION_DATA;
    if (!known || recordLength() > BUFFER_BYTES) {
      throw new SSLException("Not a TLS record");
    }
    return records.length() >= recordLength();
  }

  /// RFC 8446 §5.1: type, version, and the length of what follows.
  private int recordLength() {
    return RECORD_HEADER_BYTES + ((records.at(3) & 0xff) << 8) + (records.at(4) & 0xff);
  }

  /// Waits with the buffer in hand. False at the end.
  private boolean readRecords(int timeoutMillis) throws IOException {
    int count;
    try {
      count = records.fill(wire, timeoutMillis);
    } catch (SocketTimeoutException e) {
      records.giveBackIfEmpty();
      throw e;
    }
    inputEnded = count < 0;
    if (inputEnded) {
      records.giveBack();
    }
    return !inputEnded;
  }

  /// Opens one record and returns how many bytes are in the target: 0 when there are none, or when
  /// they had to go to the clear buffer; -1 at the end.
  private int unwrap(byte[] target, int offset, int length) throws IOException {
    boolean direct = recordLength() <= length;
    ByteBuffer into = direct ? ByteBuffer.wrap(target, offset, length) : clear.room();
    int start = into.position();
    SSLEngineResult result;
    try {
      result = records.unwrap(engine, into);
    } catch (SSLException e) {
      sendAlert();
      throw e;
    }
    int count = into.position() - start;
    if (!direct) {
      clear.added(count);
    }
    switch (result.getStatus()) {
      case OK -> afterRecord(result.getHandshakeStatus());
      case CLOSED -> {
        inputEnded = true;
        records.giveBack();
        return -1;
      }
      case BUFFER_OVERFLOW, BUFFER_UNDERFLOW ->
          throw new SSLException("Record of " + recordLength() + " bytes: " + result);
    }
    return direct ? count : 0;
  }

  /// TLS 1.3 changes keys in mid-stream (RFC 8446 §4.6.3); what looks like it in TLS 1.2 is a
  /// client that wants to renegotiate, which only ever served attackers.
  private void afterRecord(HandshakeStatus first) throws IOException {
    HandshakeStatus status = first;
    while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
      if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
        throw new SSLException("Renegotiation refused");
      }
      status = status == HandshakeStatus.NEED_TASK ? runTasks() : sendWaiting();
    }
  }

  private HandshakeStatus sendWaiting() throws IOException {
    writing.lock();
    try {
      // A thread that writes may have sent it meanwhile, in front of its own.
      if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
        return engine.getHandshakeStatus();
      }
      var waiting = new ByteArrayOutputStream();
      if (!wrapOnce(waiting)) {
        return HandshakeStatus.NOT_HANDSHAKING;
      }
      send(waiting);
      return engine.getHandshakeStatus();
    } finally {
      writing.unlock();
    }
  }

  private HandshakeStatus unwrapHandshake(long deadlineNanos) throws IOException {
    while (!holdsRecord()) {
      long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
      if (left <= 0) {
        throw new SocketTimeoutException("The TLS handshake took too long");
      }
      if (records.isEmpty()) {
        waitInHand((int) left);
      } else if (records.fill(wire, (int) left) < 0) {
        throw endInHandshake();
      }
    }
    SSLEngineResult result = records.unwrap(engine, clear.room());
    clear.added(result.bytesProduced());
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("Handshake ended: " + result.getStatus());
    }
    return engine.getHandshakeStatus();
  }

  /// Who sends nothing gets no large buffer.
  private void waitInHand(int timeoutMillis) throws IOException {
    byte[] hand = new byte[512];
    int count = wire.read(hand, 0, hand.length, timeoutMillis);
    if (count < 0) {
      throw endInHandshake();
    }
    records.put(hand, 0, count);
  }

  private static EOFException endInHandshake() {
    return new EOFException("The client closed the connection in the TLS handshake");
  }

  private HandshakeStatus wrapHandshake(ByteArrayOutputStream answer) throws SSLException {
    if (!wrapOnce(answer)) {
      throw new SSLException("TLS has nothing to send");
    }
    return engine.getHandshakeStatus();
  }

  private boolean wrapOnce(ByteArrayOutputStream answer) throws SSLException {
    byte[] packet = buffers.borrow();
    try {
      ByteBuffer target = ByteBuffer.wrap(packet);
      engine.wrap(NOTHING.duplicate(), target);
      answer.write(packet, 0, target.position());
      return target.position() > 0;
    } finally {
      buffers.giveBack(packet);
    }
  }

  private HandshakeStatus runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    return engine.getHandshakeStatus();
  }

  private void send(ByteArrayOutputStream packets) throws IOException {
    if (packets.size() > 0) {
      wire.write(packets.toByteArray(), 0, packets.size());
      packets.reset();
    }
  }

  /// Tells the client what was wrong, as far as it still listens.
  private void sendAlert() {
    writing.lock();
    try {
      var alert = new ByteArrayOutputStream();
      if (wrapOnce(alert)) {
        send(alert);
      }
    } catch (IOException _) {
      // The trouble that led here is told instead.
    } finally {
      writing.unlock();
    }
  }

  /// A buffer that is borrowed while there are bytes in it.
  private static final class Lent {
    private final BufferPool pool;
    private byte @Nullable [] buffer;
    private int next;
    private int end;

    Lent(BufferPool pool) {
      this.pool = pool;
    }

    boolean isEmpty() {
      return next == end;
    }

    int length() {
      return end - next;
    }

    byte at(int index) {
      return buffer()[next + index];
    }

    void put(byte[] bytes, int offset, int length) {
      byte[] present = compacted();
      System.arraycopy(bytes, offset, present, end, length);
      end += length;
    }

    int fill(Wire from, int timeoutMillis) throws IOException {
      byte[] present = compacted();
      int count = from.read(present, end, present.length - end, timeoutMillis);
      end += Math.max(count, 0);
      return count;
    }

    int take(byte[] target, int offset, int length) {
      int count = Math.min(length, end - next);
      System.arraycopy(buffer(), next, target, offset, count);
      next += count;
      giveBackIfEmpty();
      return count;
    }

    SSLEngineResult unwrap(SSLEngine engine, ByteBuffer into) throws SSLException {
      ByteBuffer source = ByteBuffer.wrap(buffer(), next, end - next);
      SSLEngineResult result = engine.unwrap(source, into);
      next = source.position();
      giveBackIfEmpty();
      return result;
    }

    /// Free space; who writes there says how much by [#added].
    ByteBuffer room() {
      byte[] present = compacted();
      return ByteBuffer.wrap(present, end, present.length - end);
    }

    void added(int count) {
      end += count;
      giveBackIfEmpty();
    }

    void giveBackIfEmpty() {
      if (next == end) {
        giveBack();
      }
    }

    void giveBack() {
      byte[] present = buffer;
      buffer = null;
      next = 0;
      end = 0;
      if (present != null) {
        pool.giveBack(present);
      }
    }

    private byte[] compacted() {
      byte[] present = buffer();
      if (next > 0) {
        System.arraycopy(present, next, present, 0, end - next);
        end -= next;
        next = 0;
      }
      return present;
    }

    private byte[] buffer() {
      byte[] present = buffer;
      if (present == null) {
        present = pool.borrow();
        buffer = present;
      }
      return present;
    }
  }
}
