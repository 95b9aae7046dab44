package org.posthorn.smtp.outbound;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.posthorn.message.AddressText;
import org.posthorn.message.HeaderText;

/// The line to another server: commands go out, replies come in, and nothing takes for ever
/// ([LineWatch]). Used by one thread at a time.
final class RemoteLine implements Closeable {
  /// RFC 5321 §4.5.3.1.5 allows 512.
  private static final int LINE_MAX = 4_096;

  private static final int LINES_MAX = 200;
  private static final int OUTPUT_BYTES = 16_384;
  private static final Duration EARLY_REPLY = Duration.ofSeconds(1);

  private final Closeable plain;

  /// Absent for a socket of the file system.
  private final Optional<Socket> network;

  private final LineWatch watch;
  private volatile boolean closed;
  private Stage stage = Stage.GREETING;
  private Optional<Socket> socket;
  private InputStream in;
  private OutputStream out;
  private final byte[] input = new byte[8_192];
  private int inputAt;
  private int inputEnd;
  private final byte[] output = new byte[OUTPUT_BYTES];
  private int outputCount;

  private RemoteLine(
      Closeable plain, Optional<Socket> network, InputStream in, OutputStream out, Duration total) {
    this.plain = plain;
    this.network = network;
    this.socket = network;
    this.in = in;
    this.out = out;
    this.watch = new LineWatch(total);
  }

  /// What is talked about from now on.
  void at(Stage next) {
    stage = next;
  }

  /// That it was lost, and where.
  String lost(String server, IOException why) {
    return stage.lost(server, why);
  }

  /// How it is protected, in words: the protocol, the cipher, and what `proof` was shown.
  String tls(Proof proof) {
    if (!(socket.orElse(null) instanceof SSLSocket secured)) {
      return "none";
    }
    SSLSession session = secured.getSession();
    return session.getProtocol() + " " + session.getCipherSuite() + ", " + proof.shown();
  }

  /// Connects, or throws within `connect`; the line is closed at the latest after `total`.
  /// `source`: the address of ours to come from; by default the system chooses.
  static RemoteLine open(
      SocketAddress address, Optional<InetAddress> source, Duration connect, Duration total)
      throws IOException {
    RemoteLine line =
        address instanceof UnixDomainSocketAddress file
            ? ofFile(file, total)
            : ofNetwork(address, source, connect, total);
    line.watch.begin(line, line.network);
    return line;
  }

  private static RemoteLine ofFile(UnixDomainSocketAddress file, Duration total)
      throws IOException {
    SocketChannel channel = SocketChannel.open(file);
    return new RemoteLine(
        channel,
        Optional.empty(),
        Channels.newInputStream(channel),
        Channels.newOutputStream(channel),
        total);
  }

  private static RemoteLine ofNetwork(
      SocketAddress address, Optional<InetAddress> source, Duration connect, Duration total)
      throws IOException {
    Socket socket = new Socket();
    try {
      if (source.isPresent()) {
        bind(socket, source.get());
      }
      socket.setTcpNoDelay(true);
      socket.connect(address, (int) connect.toMillis());
      return new RemoteLine(
          socket, Optional.of(socket), socket.getInputStream(), socket.getOutputStream(), total);
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  private static void bind(Socket socket, InetAddress source) throws NoSuchSource {
    try {
      socket.bind(new InetSocketAddress(source, 0));
    } catch (IOException e) {
      throw new NoSuchSource(source, e);
    }
  }

  /// The address that mail is to set out from cannot be used.
  static final class NoSuchSource extends IOException {
    private static final long serialVersionUID = 1L;

    private NoSuchSource(InetAddress source, IOException why) {
      super(
          "nothing can set out from %s (source-addresses): %s"
              .formatted(AddressText.of(source), why.getMessage()),
          why);
    }
  }

  boolean isClosed() {
    return network.map(Socket::isClosed).orElse(closed);
  }

  /// What it waits for next may take `limit`.
  Reply exchange(String command, Duration limit) throws IOException {
    command(command, limit);
    flush(limit);
    return reply(limit);
  }

  /// Writes a command, which stays here until [#flush].
  void command(String text, Duration limit) throws IOException {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("A command of two lines");
    }
    byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length, limit);
  }

  /// Writes bytes of a message.
  void write(byte[] bytes, int from, int length, Duration limit) throws IOException {
    int at = from;
    int end = from + length;
    while (at < end) {
      if (outputCount == output.length) {
        flush(limit);
      }
      int count = Math.min(end - at, output.length - outputCount);
      System.arraycopy(bytes, at, output, outputCount, count);
      outputCount += count;
      at += count;
    }
  }

  void flush(Duration limit) throws IOException {
    watch.writeBegins(limit);
    try {
      out.write(output, 0, outputCount);
      outputCount = 0;
      out.flush();
      watch.allow(limit); // However long it took: what comes behind it has its own time.
    } catch (IOException seen) {
      throw watch.notTaken(seen);
    } finally {
      watch.writeEnds();
    }
  }

  /// The next reply, of at most [#LINES_MAX] lines of [#LINE_MAX] bytes.
  Reply reply(Duration limit) throws IOException {
    watch.allow(limit);
    List<String> lines = new ArrayList<>();
    int code = 0;
    boolean more = true;
    while (more) {
      String line = line();
      if (lines.size() == LINES_MAX) {
        throw new IOException("The server's reply has no end");
      }
      int next = code(line);
      if (next < 0 || (code > 0 && next != code)) {
        throw new IOException("The server does not speak SMTP");
      }
      code = next;
      more = line.length() > 3 && line.charAt(3) == '-';
      lines.add(line.length() > 4 ? line.substring(4) : "");
    }
    return new Reply(code, lines);
  }

  /// What the server said before it stopped taking a message, if that was a refusal.
  Optional<Reply> replyBeforeEnd() {
    try {
      return inputAt < inputEnd || in.available() > 0 || isWithoutCount()
          ? Optional.of(reply(EARLY_REPLY)).filter(Reply::isRefusal)
          : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /// Whether it cannot say how much there is to read.
  private boolean isWithoutCount() {
    return socket.isEmpty() || socket.get() instanceof SSLSocket;
  }

  private static int code(String line) {
    if (line.length() < 3
        || (line.length() > 3 && line.charAt(3) != ' ' && line.charAt(3) != '-')) {
      return -1;
    }
    int code = 0;
    for (int i = 0; i < 3; i++) {
      char c = line.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      code = code * 10 + c - '0';
    }
    return code >= 200 && code < 600 ? code : -1;
  }

  private String line() throws IOException {
    byte[] line = new byte[256];
    int length = 0;
    while (true) {
      if (inputAt == inputEnd) {
        fill();
      }
      byte b = input[inputAt++];
      if (b == '\n') {
        return HeaderText.read(line, 0, length);
      }
      if (length == LINE_MAX) {
        throw new IOException("The server's line has no end");
      }
      if (length == line.length) {
        line = Arrays.copyOf(line, length * 2);
      }
      line[length++] = b;
    }
  }

  private void fill() throws IOException {
    int millis = watch.readMillis();
    int count;
    try {
      if (socket.isPresent()) {
        socket.get().setSoTimeout(millis);
      }
      count = in.read(input, 0, input.length);
    } catch (IOException seen) {
      throw watch.notSaid(seen);
    }
    if (count < 0) {
      throw new IOException("The server closed the connection");
    }
    inputAt = 0;
    inputEnd = count;
  }

  /// Whether there is nothing to read: a server that said something meanwhile has closed, or is
  /// about to.
  boolean isQuiet() {
    try {
      boolean silent = network.isEmpty() || network.get().getInputStream().available() == 0;
      return inputAt == inputEnd && silent && !isClosed();
    } catch (IOException _) {
      return false;
    }
  }

  /// Whether there is time for one more mail.
  boolean hasTimeAt(long nanos) {
    return watch.hasTimeAt(nanos);
  }

  /// Goes on in TLS. Whatever the server sent before it is thrown away: somebody in between may
  /// have put it there (RFC 3207 §6).
  SSLSession startTls(TlsClient tls, String host, Proof proof, Duration limit) throws IOException {
    watch.allow(limit);
    inputAt = 0;
    inputEnd = 0;
    if (network.isEmpty()) {
      throw new IOException("no TLS over a socket of this machine");
    }
    SSLSocket secured = tls.over(network.get(), host, proof);
    secured.setSoTimeout((int) Math.min(limit.toMillis(), Integer.MAX_VALUE));
    secured.startHandshake();
    socket = Optional.of(secured);
    in = secured.getInputStream();
    out = secured.getOutputStream();
    return secured.getSession();
  }

  /// The address that we came from; none over a socket of this machine.
  Optional<InetAddress> own() {
    return network.map(Socket::getLocalAddress);
  }

  /// Sends QUIT if that is possible at once, and closes.
  void quit(Duration limit) {
    try (this) {
      exchange("QUIT", limit);
    } catch (IOException _) {
      // Nobody is waiting for it.
    }
  }

  /// Closes the plain socket: to close the TLS socket could block behind a write.
  @Override
  public void close() {
    closed = true;
    try {
      plain.close();
    } catch (IOException _) {
      // It is gone either way.
    }
  }
}
