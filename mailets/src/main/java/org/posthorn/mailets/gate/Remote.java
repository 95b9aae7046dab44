package org.posthorn.mailets.gate;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.posthorn.mailet.ParameterException;

/// A connection to a scanner, by TCP or a Unix socket. Used by one thread. Whatever is waited for,
/// writing too, is waited for under a [Watch], which closes the connection when it takes too long:
/// neither kind of channel has a time limit for everything.
final class Remote implements AutoCloseable {
  private static final int BUFFER_BYTES = 16_384;

  private final Place place;
  private final SocketChannel channel;
  private final DataInputStream in;
  private final DataOutputStream out;
  private volatile Optional<Duration> tooLate = Optional.empty();

  /// Where a scanner is. `path` is that of a Unix socket, and then `port` is 0.
  record Place(String host, int port, Optional<Path> path) {
    /// Such as `127.0.0.1:3310`, `[::1]:3310`, `/run/clamav/clamd.ctl`; and as Sendmail writes
    /// them, `unix:/run/clamav/clamd.ctl`, `inet:3310@127.0.0.1`.
    static Place of(String parameter, String text) {
      String path = text.replaceFirst("^(unix|local):", "");
      if (path.startsWith("/")) {
        return new Place("", 0, Optional.of(Path.of(path)));
      }
      boolean isSendmails = text.startsWith("inet:") && text.indexOf('@') > 0;
      String plain = isSendmails ? text.replaceFirst("^inet:([^@]*)@(.*)$", "$2:$1") : text;
      int colon = plain.lastIndexOf(':');
      try {
        int port = Integer.parseInt(plain.substring(colon + 1));
        String host = plain.substring(0, Math.max(0, colon)).replace("[", "").replace("]", "");
        if (port > 0 && port < 65_536 && !host.isEmpty()) {
          return new Place(host, port, Optional.empty());
        }
      } catch (NumberFormatException _) {
        // Said below.
      }
      throw new ParameterException(
          ("parameter '%s' is '%s', but should be a host and a port such as 127.0.0.1:3310, or the"
                  + " path of a socket such as /run/scanner.sock")
              .formatted(parameter, text));
    }

    SocketAddress address() {
      return path.isPresent()
          ? UnixDomainSocketAddress.of(path.get())
          : new InetSocketAddress(host, port);
    }

    SocketChannel channel() throws IOException {
      return path.isPresent()
          ? SocketChannel.open(StandardProtocolFamily.UNIX)
          : SocketChannel.open();
    }

    @Override
    public String toString() {
      return path.map(Path::toString).orElseGet(() -> host + ":" + port);
    }
  }

  private Remote(Place place) throws IOException {
    this.place = place;
    this.channel = place.channel();
    this.in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
    this.out =
        new DataOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES));
  }

  static Remote open(Place place, Duration patience) throws IOException {
    var remote = new Remote(place);
    try (Watch _ = remote.watch(patience, patience)) {
      remote.channel.connect(place.address());
      if (place.path().isEmpty()) {
        remote.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      return remote;
    } catch (IOException | UnresolvedAddressException e) {
      remote.close();
      throw remote.explained(e);
    }
  }

  /// Lets the other side be silent for `patience` and take no longer than `most` in all.
  Watch watch(Duration patience, Duration most) {
    return new Watch(patience, most);
  }

  /// Closes the connection under whoever waits for it, when that takes too long.
  final class Watch implements AutoCloseable {
    private final Duration patience;
    private final long endNanos;
    private final Thread thread;
    private volatile long deadlineNanos;
    private volatile boolean over;

    private Watch(Duration patience, Duration most) {
      this.patience = patience;
      this.endNanos = System.nanoTime() + most.toNanos();
      renew();
      this.thread = Thread.ofVirtual().name("scanner-watch").start(this::run);
    }

    /// The other side gave a sign of life.
    void renew() {
      long next = System.nanoTime() + patience.toNanos();
      deadlineNanos = next - endNanos < 0 ? next : endNanos;
    }

    private void run() {
      while (!over) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
          tooLate = Optional.of(patience);
          giveUp();
          return;
        }
        LockSupport.parkNanos(this, left);
      }
    }

    private void giveUp() {
      try {
        channel.close();
      } catch (IOException _) {
        // It is of no use any more.
      }
    }

    @Override
    public void close() {
      over = true;
      LockSupport.unpark(thread);
    }
  }

  DataInputStream in() {
    return in;
  }

  DataOutputStream out() {
    return out;
  }

  /// Until it was closed here.
  boolean isOpen() {
    return channel.isOpen();
  }

  /// Whether the other side waits to be spoken to: it has not closed the connection, and has said
  /// nothing that nobody has asked for.
  boolean isWaiting() throws IOException {
    channel.configureBlocking(false);
    try {
      return channel.read(ByteBuffer.allocate(1)) == 0;
    } finally {
      channel.configureBlocking(true);
    }
  }

  /// What went wrong, in words for the operator.
  IOException explained(Exception e) {
    String why =
        tooLate
            .map(patience -> "no answer in " + patience.toMillis() + " ms")
            .orElseGet(() ->
                switch (e) {
                  case EOFException _ -> "it closed the connection";
                  case UnresolvedAddressException _ -> "its name has no address";
                  default -> e.getMessage() == null ? e.toString() : e.getMessage();
                });
    return new IOException(place + ": " + why, e);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
