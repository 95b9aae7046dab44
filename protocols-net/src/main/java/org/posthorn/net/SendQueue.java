package org.posthorn.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
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

  /// In bytes, those of TLS included. Empty: the system does not say, or there is no such
  /// connection any more.
  static OptionalLong bytes(Socket socket) {
    InetAddress remote = socket.getInetAddress();
    if (remote == null) {
      return OptionalLong.empty();
    }
    String ours = end(socket.getLocalAddress(), socket.getLocalPort());
    String theirs = end(remote, socket.getPort());
    for (Path table : TABLES) {
      OptionalLong found = bytes(table, ours, theirs);
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }

  /// Columns: number, local and remote address, state, `tx_queue:rx_queue` and more.
  private static OptionalLong bytes(Path table, String ours, String theirs) {
    try (Stream<String> lines = Files.lines(table)) {
      return lines
          .map(line -> line.strip().split("\\s+", 6))
          .filter(line -> line.length == 6 && line[1].endsWith(ours) && line[2].endsWith(theirs))
          .mapToLong(line -> Long.parseLong(line[4].substring(0, line[4].indexOf(':')), 16))
          .findFirst();
    } catch (IOException | RuntimeException _) {
      return OptionalLong.empty(); // Another system, or another form of the table.
    }
  }

  /// The address in words of 32 bits as this processor reads them, and the port. Of an IPv4 address
  /// that is the end of its mapped one too.
  private static String end(InetAddress address, int port) {
    ByteBuffer words = ByteBuffer.wrap(address.getAddress()).order(ByteOrder.nativeOrder());
    var text = new StringBuilder(address instanceof Inet4Address ? 13 : 37);
    while (words.hasRemaining()) {
      text.append("%08X".formatted(words.getInt()));
    }
    return text.append(":%04X".formatted(port)).toString();
  }
}
