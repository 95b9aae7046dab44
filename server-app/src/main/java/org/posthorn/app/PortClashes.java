package org.posthorn.app;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.net.ListenerConfig;
import org.posthorn.net.Network;

/// Listeners of one server that want the same port. What another program has is known only when the
/// port is opened.
final class PortClashes {
  private PortClashes() {}

  /// Who wants to listen where.
  record Wanted(String name, ListenerConfig listener) {
    static Wanted by(Port port) {
      return new Wanted(port.name(), port.listener());
    }
  }

  /// Throws [ConfigException] that names them all.
  static void check(List<Wanted> ports) {
    List<ConfigProblem> problems = new ArrayList<>();
    for (int i = 0; i < ports.size(); i++) {
      for (Wanted other : ports.subList(i + 1, ports.size())) {
        clash(ports.get(i), other)
            .ifPresent(what -> problems.add(new ConfigProblem("listeners", "", what)));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private static Optional<String> clash(Wanted one, Wanted other) {
    ListenerConfig first = one.listener();
    ListenerConfig second = other.listener();
    boolean clash =
        first.port() != 0 && first.port() == second.port() && meet(first.host(), second.host());
    return clash
        ? Optional.of(
            "%s and %s are both to listen on port %d of %s: give one of them another port"
                .formatted(one.name(), other.name(), first.port(), place(first, second)))
        : Optional.empty();
  }

  private static String place(ListenerConfig first, ListenerConfig second) {
    return first.host().equals(second.host())
        ? first.host()
        : first.host() + " and of " + second.host();
  }

  /// All addresses, of whichever family, are those of both.
  private static boolean meet(String one, String other) {
    InetAddress first = Network.address(one);
    InetAddress second = Network.address(other);
    return first.isAnyLocalAddress() || second.isAnyLocalAddress() || first.equals(second);
  }
}
