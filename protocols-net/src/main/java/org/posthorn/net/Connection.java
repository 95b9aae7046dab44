package org.posthorn.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.AddressText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client and its socket. Confined to the connection's thread, but for [#close], which any
/// thread may call to end it, [#login], [#dismiss] and [#output].
public final class Connection implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /// How much of what a client still sends is read after the last answer, and for how long; else
  /// the system would reset the connection and the client might never see that answer.
  private static final int LINGER_BYTES = 256 * 1024;

  private static final int LINGER_MILLIS = 2000;

  /// How long whoever may be logged in no longer has for the command under way, and for hearing of
  /// it.
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(3);

  /// For compressed bytes.
  private static final BufferPool PACKETS = new BufferPool(8 * 1024);

  private static final Duration MOMENT = Duration.ofMillis(2);

  /// Clients say more than one thing when they end TLS, and each may be a record without bytes for
  /// us (RFC 8446 §6.1): a moment is over when the first is opened.
  private static final int MOMENTS = 5;

  /// Until the protocol sets its own.
  private static final Duration READ_TIMEOUT = Duration.ofMinutes(10);

  /// What all connections of a listener have in common.
  record Terms(
      BufferPool buffers,
      BufferPool tlsBuffers,
      Optional<TlsContext> tls,
      boolean asksForCertificates,
      Duration handshakeTimeout) {}

  private final Socket socket;
  private final String id;
  private final Terms terms;
  private final PlainWire wire;
  private final WireInput input;
  private final WireOutput output;
  private InetAddress remote;
  private @Nullable TlsWire tlsWire;
  private @Nullable DeflateWire deflateWire;
  private final AutoCloseable login = new Login();
  private volatile @Nullable Dismissal dismissal;
  private volatile boolean awaitsCommand;

  Connection(Socket socket, String id, Terms terms) throws IOException {
    this.socket = socket;
    this.id = id;
    this.terms = terms;
    this.remote = socket.getInetAddress();
    this.wire = new PlainWire(socket);
    this.output = new WireOutput(wire::write, terms.buffers());
    this.input = new WireInput(wire::read, terms.buffers(), output::flush);
    this.input.timeout(READ_TIMEOUT);
  }

  /// Stays the same over STARTTLS.
  public WireInput input() {
    return input;
  }

  /// Stays the same over STARTTLS.
  public WireOutput output() {
    return output;
  }

  /// Short and unique while the server runs; on every log line and in internal errors.
  public String id() {
    return id;
  }

  /// Where the client is, as the PROXY header says where one is trusted.
  public InetAddress remote() {
    return remote;
  }

  /// From now on the client is who a proxy in front of us says. On the connection's thread.
  public void speaksFor(InetAddress client) {
    remote = client;
  }

  /// The protocol version and cipher, such as `TLSv1.3 TLS_AES_128_GCM_SHA256`; empty in plain
  /// text.
  public Optional<String> tls() {
    return Optional.ofNullable(tlsWire)
        .map(TlsWire::session)
        .map(session -> session.getProtocol() + " " + session.getCipherSuite());
  }

  /// The data of a channel binding of this connection (RFC 5056), such as `tls-exporter`; empty in
  /// plain text, and where there is none of that type.
  public Optional<byte[]> channelBinding(String type) {
    return Optional.ofNullable(tlsWire).flatMap(wire -> TlsBinding.of(type, wire.session()));
  }

  /// The certificate that the client has shown in the handshake, if it is good.
  public Optional<X509Certificate> clientCertificate() {
    return Optional.ofNullable(tlsWire)
        .flatMap(wire ->
            terms
                .tls()
                .flatMap(TlsContext::clients)
                .flatMap(trust -> trust.certificate(wire.session())));
  }

  public boolean encrypted() {
    return tlsWire != null;
  }

  /// Whether [#startTls] can work: there is a certificate, it was not called before, and nothing is
  /// compressed.
  public boolean tlsAvailable() {
    return terms.tls().isPresent() && tlsWire == null && deflateWire == null;
  }

  public boolean compressed() {
    return deflateWire != null;
  }

  /// How long a read may wait for the client before it throws `SocketTimeoutException`; zero: for
  /// ever. It is also the limit for a whole line of [WireInput#readLine].
  public void readTimeout(Duration limit) {
    input.timeout(limit);
  }

  /// Whether it was closed here.
  public boolean isClosed() {
    return socket.isClosed();
  }

  /// Whether nobody hears an answer any more, or will say anything: the connection was closed here,
  /// or at the other end with all read that was said before. Takes ten milliseconds where all is
  /// well. On the connection's thread, where no command has begun.
  public boolean isOver() {
    if (isClosed()) {
      return true;
    }
    if (input.hasBuffered()) {
      return false;
    }
    Duration before = input.timeout();
    input.timeout(MOMENT);
    try {
      for (int i = 0; i < MOMENTS; i++) {
        if (hears()) {
          return false;
        }
      }
      return false;
    } catch (IOException _) {
      return true;
    } finally {
      input.timeout(before);
    }
  }

  private boolean hears() throws IOException {
    try {
      input.peek();
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  /// Waits for the first byte of the next command, which stays in the input. Throws [Dismissed]
  /// where the client is sent away: a command that has begun is served to its end, the next one is
  /// not.
  public void awaitCommand() throws IOException {
    awaitsCommand = true;
    try {
      leaveIfDismissed();
      input.peek();
    } catch (IOException e) {
      leaveIfDismissed();
      throw e;
    } finally {
      awaitsCommand = false;
    }
    // Whoever dismisses from here on lets the input be; whoever did before may have shut it.
    leaveIfDismissed();
  }

  private void leaveIfDismissed() throws Dismissed {
    Dismissal why = dismissal;
    if (why != null) {
      throw new Dismissed(why);
    }
  }

  /// Lets the client's last command end, and wakes the connection's thread where it waits for
  /// another one. From any thread.
  void dismiss(Dismissal why) throws IOException {
    dismissal = why;
    if (awaitsCommand) {
      socket.shutdownInput();
    }
  }

  private final class Login implements AutoCloseable {
    @Override
    public void close() throws IOException {
      endLogin(LEAVE_LIMIT);
    }
  }

  /// What the client has by its login: closing it, from any thread and without waiting, sends the
  /// client away. It is the same as long as the connection lasts.
  public AutoCloseable login() {
    return login;
  }

  /// A command that does not end, and a client that does not read, have no more than the limit.
  void endLogin(Duration limit) throws IOException {
    Thread.ofVirtual().name(id + "-leaves").start(() -> closeAfter(limit));
    dismiss(Dismissal.LOGIN_ENDED);
  }

  private void closeAfter(Duration limit) {
    try {
      Thread.sleep(limit);
      close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.atDebug()
          .addKeyValue("connection", id)
          .addKeyValue("cause", e.toString())
          .log("socket did not close");
    }
  }

  /// Becomes TLS, as the server; returns when hands are shaken, or throws `IOException` when the
  /// client cannot or takes too long. What is in the output is sent before, in plain text: the
  /// go-ahead. What was received in plain text and not yet read is dropped (RFC 3207 §4.2).
  public void startTls() throws IOException {
    if (tlsWire != null) {
      throw new IllegalStateException("TLS runs already");
    }
    TlsContext context =
        terms.tls().orElseThrow(() -> new IllegalStateException("There is no certificate"));
    var secure =
        new TlsWire(wire, context.newEngine(terms.asksForCertificates()), terms.tlsBuffers());
    output.switchTo(secure::write);
    input.switchTo(secure::read);
    try {
      secure.handshake(terms.handshakeTimeout());
    } catch (SSLException | SocketTimeoutException e) {
      log.atInfo()
          .addKeyValue("remote", AddressText.of(remote))
          .addKeyValue("port", socket.getLocalPort())
          .addKeyValue("cause", e.getMessage())
          .log("no TLS");
      throw e;
    }
    tlsWire = secure;
  }

  /// Compresses in both directions from here on (RFC 4978), inside TLS. What is in the output is
  /// sent before; what was received and not yet read is dropped.
  public void startCompression() throws IOException {
    if (deflateWire != null) {
      throw new IllegalStateException("It is compressed already");
    }
    var deflate = new DeflateWire(secured(), PACKETS);
    output.switchTo(deflate::write);
    input.switchTo(deflate::read);
    deflateWire = deflate;
  }

  /// Ends the compression in both directions: what is in the output is the last that is compressed,
  /// and the client's next command is the first that is not (RFC 8437 §4.1).
  public void endCompression() throws IOException {
    DeflateWire deflate = deflateWire;
    if (deflate != null) {
      output.flush();
      deflate.finishOutput();
      output.switchTo(secured()::write);
      input.switchTo(deflate::readPlain);
      deflateWire = null;
    }
  }

  private Wire secured() {
    return tlsWire == null ? wire : tlsWire;
  }

  /// Reads the header that a trusted load balancer sends first; then the client is who it says.
  void readProxyHeader() throws IOException {
    remote = ProxyHeader.read(wire::read, terms.handshakeTimeout()).orElse(remote);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /// Says what is left to say and waits a moment for the client to take it. On the connection's
  /// thread.
  void end() throws IOException {
    output.flush();
    input.release();
    if (deflateWire != null) {
      deflateWire.release();
    }
    TlsWire secure = tlsWire;
    if (secure == null) {
      wire.endOutput();
    } else {
      secure.endOutput();
      secure.release();
    }
    byte[] unread = new byte[1024];
    long deadline = System.nanoTime() + Duration.ofMillis(LINGER_MILLIS).toNanos();
    for (int total = 0; total < LINGER_BYTES; ) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      int count = left <= 0 ? -1 : wire.read(unread, 0, unread.length, (int) left);
      if (count < 0) {
        return;
      }
      total += count;
    }
  }

  /// Whether the client has stopped reading what is written to it. By the listener's watcher.
  boolean isStuck(long limitNanos) {
    return wire.isStuck(limitNanos);
  }
}
