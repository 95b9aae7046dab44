package org.posthorn.app;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.net.Listener;
import org.posthorn.net.TlsContext;

/// The open ports of a server.
final class Listeners {
  /// How long a command that has begun may take to end when the server stops.
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final List<Opened> opened = new ArrayList<>();

  private record Opened(Port port, Listener listener) {}

  private Listeners() {}

  /// Opens all or none. Throws `IOException` that names the port, and
  /// [org.posthorn.app.config.ConfigException] where two want the same.
  static Listeners open(List<Port> ports, TlsContext tls) throws IOException {
    PortClashes.check(ports.stream().map(PortClashes.Wanted::by).toList());
    var listeners = new Listeners();
    try {
      for (Port port : ports) {
        listeners.opened.add(new Opened(port, open(port, tls)));
      }
      return listeners;
    } catch (IOException | RuntimeException e) {
      listeners.opened.forEach(opened -> opened.listener.close());
      throw e;
    }
  }

  private static Listener open(Port port, TlsContext tls) throws IOException {
    try {
      return Listener.open(port.listener(), port.handler(), tls);
    } catch (IOException e) {
      throw new IOException(
          "%s, for the listener %s%s".formatted(e.getMessage(), port.name(), whatToDo(e)), e);
    }
  }

  private static String whatToDo(IOException e) {
    String why = String.valueOf(e.getMessage());
    if (why.contains("in use")) {
      return ": another program has this port, and  ss -ltnp  shows which; end that, or configure another port";
    }
    if (why.contains("denied")) {
      return ": ports below 1024 need a right, such as AmbientCapabilities=CAP_NET_BIND_SERVICE in a unit of systemd";
    }
    return why.contains("assign")
        ? ": no interface of this machine has this address; change the listener's host"
        : "";
  }

  List<ListenerStatus> status() {
    return opened.stream()
        .map(o ->
            new ListenerStatus(
                o.port.name(),
                o.port.listener().host(),
                o.listener.port(),
                o.port.tls(),
                o.listener.connections()))
        .toList();
  }

  /// All at the same time, so that the grace is for all of them together.
  void close() throws InterruptedException {
    List<Thread> closing =
        opened.stream().map(o -> Thread.ofVirtual().start(() -> o.listener.close(GRACE))).toList();
    for (Thread thread : closing) {
      thread.join();
    }
  }
}
