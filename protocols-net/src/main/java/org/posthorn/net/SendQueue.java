package org.posthorn.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What was written to a connection and its other end has not acknowledged yet. The system takes
/// some megabytes for a slow line, and lets the next write wait until a third of them is gone; so
/// that a write waits does not mean that nobody reads. Used by one thread, which watches.
///
/// Reads the tables of Linux (`proc_net_tcp(5)`), a line for each connection of the host: twice for
/// a write that waits for all of its time limit, once for one that waits for a part of it. On
/// another system a write that waits for so long is stuck.
public final class SendQueue {
  /// Whoever takes less than this in the time limit is stuck.
  static final int PIECE_BYTES = 64 * 1024;

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));

  private static final Pattern BLANKS = Pattern.compile("\\s+");

  /// Data that is left goes out after a shutdown too, but then nobody writes.
  private static final String ESTABLISHED = "01";

  /// What stands before an IPv4 address among those of IPv6.
  private static final String MAPPED = words(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1});

  private static final long LOOK_NANOS = 100_000_000;

  private static final AtomicReference<Look> LAST = new AtomicReference<>(Look.now());

  /// What stood in the tables, and when.
  private record Look(Map<String, Long> queues, long nanos) {
    static Look now() {
      Map<String, Long> read = new HashMap<>();
      TABLES.forEach(table -> read(table, read));
      return new Look(read, System.nanoTime());
    }
  }

  private final Socket socket;

  /// The write that was looked at last, by its start.
  private long writeNanos;

  private long lookedNanos;
  private OptionalLong left = OptionalLong.empty();

  public SendQueue(Socket socket) {
    this.socket = socket;
  }

  /// Whether a write that has been waiting since `startNanos` waits in vain: for `limitNanos` the
  /// other end has taken less than 64 KiB. On the clock of `System.nanoTime`; to be asked several
  /// times within the limit.
  ///
  /// It is looked at once the write has waited for an eighth of the limit. Not to be told apart
  /// from whoever has stopped is a program that reads less than its own system keeps for it: that
  /// takes nothing at all until a part of it is free.
  public boolean isStuck(long startNanos, long limitNanos) {
    long now = System.nanoTime();
    boolean another = left.isEmpty() || writeNanos != startNanos;
    long waitNanos = another ? limitNanos / 8 : limitNanos;
    if (now - (another ? startNanos : lookedNanos) < waitNanos) {
      return false;
    }
    OptionalLong before = left;
    left = bytes(socket);
    writeNanos = startNanos;
    lookedNanos = now;
    if (left.isEmpty()) {
      return now - startNanos >= limitNanos;
    }
    return !another && before.getAsLong() - left.getAsLong() < PIECE_BYTES;
  }

  /// In bytes, those of TLS included. Empty: the system does not say, or the connection is newer
  /// than the last look at the tables, or gone.
  static OptionalLong bytes(Socket socket) {
    InetAddress remote = socket.getInetAddress();
    if (remote == null) {
      return OptionalLong.empty();
    }
    String ours = end(socket.getLocalAddress(), socket.getLocalPort());
    Long bytes = tables().get(ours + " " + end(remote, socket.getPort()));
    return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  /// One look for all who ask at about the same time: there may be as many as lines.
  private static Map<String, Long> tables() {
    Look last = LAST.get();
    if (System.nanoTime() - last.nanos > LOOK_NANOS) {
      last = Look.now();
      LAST.set(last);
    }
    return last.queues;
  }

  /// Columns: number, local and remote address, state, `tx_queue:rx_queue` and more.
  private static void read(Path table, Map<String, Long> queues) {
    try (Stream<String> lines = Files.lines(table)) {
      lines
          .map(line -> BLANKS.split(line.strip(), 6))
          .filter(line -> line.length == 6 && line[3].equals(ESTABLISHED))
          .forEach(line ->
              queues.put(
                  unmapped(line[1]) + " " + unmapped(line[2]),
                  Long.parseLong(line[4].substring(0, line[4].indexOf(':')), 16)));
    } catch (IOException | RuntimeException _) {
      // Another system, or another form of the table.
    }
  }

  private static String unmapped(String end) {
    return end.startsWith(MAPPED) ? end.substring(MAPPED.length()) : end;
  }

  /// The address in words of 32 bits as this processor reads them, and the port.
  private static String end(InetAddress address, int port) {
    return words(address.getAddress()) + ":%04X".formatted(port);
  }

  private static String words(byte[] address) {
    ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
    var text = new StringBuilder(address.length * 2);
    while (words.hasRemaining()) {
      text.append("%08X".formatted(words.getInt()));
    }
    return text.toString();
  }
}
