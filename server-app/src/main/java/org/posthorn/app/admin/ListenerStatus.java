package org.posthorn.app.admin;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/// An address that the server listens on. `tls` is `none`, `starttls` or `implicit`; `connections`
/// how many are open now.
public record ListenerStatus(String name, String host, int port, String tls, int connections) {
  private static final Set<String> FOR_PROGRAMS =
      Set.of("imaps", "imap", "pop3s", "pop3", "submissions", "submission");

  /// Those of `open` that mail programs use. What listens on loopback is for this machine alone,
  /// unless all of them do: then something stands in front of them.
  public static List<ListenerStatus> forPrograms(List<ListenerStatus> open) {
    List<ListenerStatus> all =
        open.stream().filter(listener -> FOR_PROGRAMS.contains(listener.name())).toList();
    List<ListenerStatus> reached =
        all.stream().filter(listener -> !isLoopback(listener.host())).toList();
    return reached.isEmpty() ? all : reached;
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return host.equalsIgnoreCase("localhost");
    }
  }

  public String address() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
