package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.posthorn.spool.plugin.Watch;

/// All gates, by the port whose clients they look at, in the order in which they are asked.
/// `watches` look after those of plugins; `closings` are to be run when they are used no more.
/// Immutable.
public record Gates(
    Map<String, List<Guarded>> byPort, List<Watch> watches, List<Runnable> closings) {
  public static final Gates NONE = new Gates(Map.of());

  public Gates {
    byPort = Map.copyOf(byPort);
    watches = List.copyOf(watches);
    closings = List.copyOf(closings);
  }

  public Gates(Map<String, List<Guarded>> byPort) {
    this(byPort, List.of(), List.of());
  }

  /// How those fare that are watched, and those in which calls still run that were given up.
  public List<Watch.Health> health() {
    List<Watch.Health> all = new ArrayList<>();
    watches.forEach(watch -> all.add(watch.health()));
    byPort.forEach((port, gates) -> {
      for (Guarded gate : gates) {
        int givenUp = gate.calls().givenUp();
        if (givenUp > 0) {
          String what = "gate %s of %s".formatted(gate.label(), port);
          all.add(Watch.Health.ofGivenUp(what, givenUp));
        }
      }
    });
    return all;
  }

  public List<Guarded> of(String port) {
    return byPort.getOrDefault(port, List.of());
  }

  /// Whether one of them, at whatever port, writes in this name what it found out about senders.
  public boolean writeResultsAs(String name) {
    return byPort.values().stream()
        .flatMap(List::stream)
        .anyMatch(guarded ->
            guarded.gate() instanceof WritesResults writer && writer.writesResultsAs(name));
  }
}
