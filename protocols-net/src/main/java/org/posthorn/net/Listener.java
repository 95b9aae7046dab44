package org.posthorn.net;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.message.AddressText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// A bound address with its clients: accepts them within the limits, gives each a thread, and ends
/// those that stop taking what we write. Safe for use by many threads.
///
/// The first few clients get threads of the system, which wait in the socket itself and are awake
/// as soon as a byte is there; all others get virtual ones, of which there may be any number.
public final class Listener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);

  private static final int BACKLOG = 1024;
  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);
  private static final int SYSTEM_THREADS_MAX = 2;
  private static final Duration SYSTEM_THREAD_REST = Duration.ofSeconds(30);

  /// Begins with the time, so ids do not come again after a restart; counts over all listeners.
  private static final AtomicLong LAST_ID = new AtomicLong(System.currentTimeMillis());

  private final ListenerConfig config;
  private final ConnectionHandler handler;
  private final ServerSocket server;
  private final Connection.Terms terms;
  private final List<Network> proxies;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Crowd crowd;
  private final Places places;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Sparing acceptWarnings = new Sparing();
  private final Sparing proxyWarnings = new Sparing();
  private final Sparing placeWarnings = new Sparing();
  private final Executor threads;

  private Listener(
      ListenerConfig config,
      ConnectionHandler handler,
      Connection.Terms terms,
      Places places,
      Executor threads)
      throws IOException {
    this.config = config;
    this.handler = handler;
    this.terms = terms;
    this.places = places;
    this.threads = threads;
    this.proxies = config.proxyNetworks().stream().map(Network::of).toList();
    this.crowd = new Crowd(config.connectionsMax(), config.connectionsPerAddressMax());
    this.server = new ServerSocket();
    try {
      server.bind(new InetSocketAddress(Network.address(config.host()), config.port()), BACKLOG);
    } catch (IOException e) {
      server.close();
      throw new IOException(
          "Cannot listen on " + config.host() + " port " + config.port() + ": " + e.getMessage(),
          e);
    }
  }

  /// Binds and accepts from now on; without TLS.
  public static Listener open(ListenerConfig config, ConnectionHandler handler) throws IOException {
    return open(config, handler, Optional.empty(), TlsWire.BUFFER_BYTES);
  }

  /// Binds and accepts from now on; with TLS, from the first byte or when the protocol asks for it.
  public static Listener open(ListenerConfig config, ConnectionHandler handler, TlsContext tls)
      throws IOException {
    return open(config, handler, Optional.of(tls), TlsWire.BUFFER_BYTES);
  }

  /// For tests: with buffers of another size.
  static Listener open(
      ListenerConfig config, ConnectionHandler handler, Optional<TlsContext> tls, int bufferBytes)
      throws IOException {
    return open(config, handler, tls, bufferBytes, Places.OF_THE_PROCESS, threads());
  }

  /// For tests: with so many places for the clients of all listeners.
  static Listener open(ListenerConfig config, ConnectionHandler handler, Places places)
      throws IOException {
    return open(config, handler, Optional.empty(), TlsWire.BUFFER_BYTES, places, threads());
  }

  /// For tests: with threads of another kind.
  static Listener open(ListenerConfig config, ConnectionHandler handler, Executor threads)
      throws IOException {
    return open(
        config, handler, Optional.empty(), TlsWire.BUFFER_BYTES, Places.OF_THE_PROCESS, threads);
  }

  private static Listener open(
      ListenerConfig config,
      ConnectionHandler handler,
      Optional<TlsContext> tls,
      int bufferBytes,
      Places places,
      Executor threads)
      throws IOException {
    if (config.tls() && tls.isEmpty()) {
      throw new IllegalArgumentException(
          "The listener on port " + config.port() + " needs a certificate for TLS");
    }
    var tlsBuffers = new BufferPool(TlsWire.BUFFER_BYTES);
    var buffers = bufferBytes == TlsWire.BUFFER_BYTES ? tlsBuffers : new BufferPool(bufferBytes);
    var terms =
        new Connection.Terms(
            buffers, tlsBuffers, tls, handler.asksForCertificates(), config.handshakeTimeout());
    var listener = new Listener(config, handler, terms, places, threads);
    Thread.ofVirtual().name("accept-" + listener.port()).start(listener::accept);
    Thread.ofVirtual().name("watch-" + listener.port()).start(listener::watch);
    return listener;
  }

  private static Executor threads() {
    return new ThreadPoolExecutor(
        0,
        SYSTEM_THREADS_MAX,
        SYSTEM_THREAD_REST.toSeconds(),
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        Thread.ofPlatform().daemon().factory(),
        (work, _) -> Thread.ofVirtual().start(work));
  }

  /// The port that is bound, also where the configuration said 0.
  public int port() {
    return server.getLocalPort();
  }

  /// How many clients are being served.
  public int connections() {
    return crowd.size();
  }

  /// Closes at once.
  @Override
  public void close() {
    close(Duration.ZERO);
  }

  /// Accepts no more, says farewell to clients that are between two commands, waits up to `grace`
  /// for the others' commands to end, then closes their sockets and waits until they are done. No
  /// thread is interrupted.
  public void close(Duration grace) {
    closed.countDown();
    try {
      server.close();
    } catch (IOException e) {
      log.atWarn().setCause(e).log("listener did not close");
    }
    if (grace.isPositive()) {
      open.forEach(Listener::dismiss);
      crowd.awaitEmpty(grace);
    }
    open.forEach(Listener::closeQuietly);
    crowd.awaitEmpty(Duration.ofSeconds(10));
  }

  private void accept() {
    while (closed.getCount() > 0) {
      try {
        greet(server.accept());
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        if (closed.getCount() > 0) {
          // Out of file descriptors or memory, most likely: those who are here must go on.
          acceptWarnings
              .turn(System.nanoTime())
              .ifPresent(leftOut ->
                  log.atWarn()
                      .addKeyValue("port", port())
                      .addKeyValue("left-out", leftOut)
                      .setCause(e)
                      .log("accept failed"));
          pause(ACCEPT_PAUSE);
        }
      }
    }
  }

  private void greet(Socket socket) {
    String id = Long.toString(LAST_ID.incrementAndGet(), Character.MAX_RADIX);
    try {
      threads.execute(() -> run(socket, id));
    } catch (RuntimeException | OutOfMemoryError e) {
      // No thread can be made: nobody else would close it.
      closeQuietly(socket);
      throw e;
    }
  }

  private void run(Socket socket, String id) {
    Thread.currentThread().setName(id);
    MDC.put("connection", id);
    try (socket;
        var connection = new Connection(socket, id, terms)) {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      open.add(connection);
      try {
        admit(connection);
      } finally {
        open.remove(connection);
      }
    } catch (IOException e) {
      log.atDebug()
          .addKeyValue("remote", AddressText.of(socket.getInetAddress()))
          .addKeyValue("cause", e.toString())
          .log("connection lost");
    } catch (Throwable e) {
      log.atError().setCause(e).log("connection failed");
    } finally {
      MDC.remove("connection");
    }
  }

  private void admit(Connection connection) throws IOException {
    if (proxies.stream().anyMatch(network -> network.contains(connection.remote()))) {
      readProxyHeader(connection);
    }
    InetAddress client = Network.client(connection.remote());
    if (!crowd.enter(client)) {
      turnAway(connection);
      return;
    }
    try {
      if (closed.getCount() > 0) {
        serveInAPlace(connection);
      }
    } finally {
      crowd.leave(client);
    }
  }

  private void serveInAPlace(Connection connection) throws IOException {
    if (!places.take()) {
      placeWarnings
          .turn(System.nanoTime())
          .ifPresent(leftOut ->
              log.atWarn()
                  .addKeyValue("clients", places.max())
                  .addKeyValue("left-out", leftOut)
                  .log(
                      "no more clients: the limit of open files (LimitNOFILE=, ulimit -n) is near"));
      turnAway(connection);
      return;
    }
    try {
      serve(connection);
    } finally {
      places.leave();
    }
  }

  /// Who looks only whether somebody is there says nothing and goes away.
  private void readProxyHeader(Connection connection) throws IOException {
    try {
      connection.readProxyHeader();
    } catch (EOFException | SocketException e) {
      throw e;
    } catch (IOException e) {
      proxyWarnings
          .turn(System.nanoTime())
          .ifPresent(leftOut ->
              log.atWarn()
                  .addKeyValue("remote", AddressText.of(connection.remote()))
                  .addKeyValue("port", port())
                  .addKeyValue("cause", e.getMessage())
                  .addKeyValue("left-out", leftOut)
                  .log("no PROXY header"));
      throw e;
    }
  }

  private void serve(Connection connection) throws IOException {
    if (config.tls()) {
      connection.startTls();
    }
    try {
      handler.serve(connection);
    } catch (Dismissed dismissed) {
      connection.output().write(handler.farewell(dismissed.why()));
    }
    connection.end();
  }

  private void turnAway(Connection connection) throws IOException {
    log.atInfo()
        .addKeyValue("remote", AddressText.of(connection.remote()))
        .log("too many connections");
    if (!config.tls()) {
      connection.output().write(handler.busy());
      connection.output().flush();
    }
  }

  /// Ends connections whose client has stopped reading, for no timeout of a socket covers writes.
  private void watch() {
    long limitNanos = config.writeTimeout().toNanos();
    Duration pause = Duration.ofNanos(Math.clamp(limitNanos / 8, 1_000_000, 5_000_000_000L));
    while (!pause(pause)) {
      for (Connection connection : open) {
        if (connection.isStuck(limitNanos)) {
          log.atInfo()
              .addKeyValue("connection", connection.id())
              .addKeyValue("remote", AddressText.of(connection.remote()))
              .log("client does not read");
          closeQuietly(connection);
        }
      }
    }
  }

  /// Whether the listener was closed meanwhile.
  private boolean pause(Duration time) {
    try {
      return closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static void dismiss(Connection connection) {
    try {
      connection.dismiss(Dismissal.SERVER_STOPS);
    } catch (IOException e) {
      log.atDebug().addKeyValue("cause", e.toString()).log("socket is closed already");
    }
  }

  private static void closeQuietly(Closeable connection) {
    try {
      connection.close();
    } catch (IOException e) {
      log.atDebug().addKeyValue("cause", e.toString()).log("socket did not close");
    }
  }
}
