package org.posthorn.spool.chain;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.Visitor;

/// A gate with what the operator said about it: for whom it is asked, how long it may take, and
/// what is to happen when it fails. `label` is its name in the log; `dryRun`: what it thinks is
/// only written down. `calls` are those into it that run.
public record Guarded(
    String label,
    Gate gate,
    boolean exceptLogins,
    List<AddressRange> exceptNetworks,
    List<AddressRange> onlyNetworks,
    Duration timeLimit,
    boolean defersOnFailure,
    boolean dryRun,
    GateCalls calls) {
  public Guarded {
    exceptNetworks = List.copyOf(exceptNetworks);
    onlyNetworks = List.copyOf(onlyNetworks);
  }

  /// Whether it is asked about this client.
  public boolean isFor(Visitor visitor) {
    InetAddress remote = visitor.remote();
    return !(exceptLogins && visitor.login().isPresent())
        && exceptNetworks.stream().noneMatch(range -> range.contains(remote))
        && (onlyNetworks.isEmpty()
            || onlyNetworks.stream().anyMatch(range -> range.contains(remote)));
  }
}
