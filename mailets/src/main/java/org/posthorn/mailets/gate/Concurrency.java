package org.posthorn.mailets.gate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Lets only so many connections of one client be open at the same time: of one IPv4 address or
/// network of `ipv4-bits`, one IPv6 network of `ipv6-bits`.
final class Concurrency implements Gate {
  private final int max;
  private final int ipv4Bits;
  private final int ipv6Bits;
  private final Map<AddressRange, Integer> open = new ConcurrentHashMap<>();

  private Concurrency(int max, int ipv4Bits, int ipv6Bits) {
    this.max = max;
    this.ipv4Bits = ipv4Bits;
    this.ipv6Bits = ipv6Bits;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "Concurrency";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new Concurrency(
          parameters.number("max", 20, 1, 1_000_000),
          parameters.number("ipv4-bits", 32, 8, 32),
          parameters.number("ipv6-bits", 64, 16, 128));
    }
  }

  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict connection(Visitor visitor) {
    int now = open.merge(client(visitor), 1, Integer::sum);
    return now <= max
        ? Verdict.pass()
        : new Verdict.Defer(
            421, "4.7.0", "Too many connections from you", now + " connections at once");
  }

  @Override
  public void gone(Visitor visitor) {
    open.computeIfPresent(client(visitor), (_, count) -> count > 1 ? count - 1 : null);
  }

  private AddressRange client(Visitor visitor) {
    return AddressRange.around(visitor.remote(), ipv4Bits, ipv6Bits);
  }
}
