package org.posthorn.spool.chain;

import java.util.List;
import java.util.Map;

/// All gates, by the port whose clients they look at, in the order in which they are asked.
/// Immutable.
public record Gates(Map<String, List<Guarded>> byPort) {
  public static final Gates NONE = new Gates(Map.of());

  public Gates {
    byPort = Map.copyOf(byPort);
  }

  public List<Guarded> of(String port) {
    return byPort.getOrDefault(port, List.of());
  }
}
