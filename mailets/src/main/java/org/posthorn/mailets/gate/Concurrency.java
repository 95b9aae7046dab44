package org.posthorn.mailets.gate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Counted;

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

  public record Settings(
      @Parameter(value = "So many.", otherwise = "20", min = 1, max = 1_000_000) int max,
      @Parameter(
              value = "So many bits of an IPv4 address are one client.",
              otherwise = "32",
              min = 8,
              max = 32)
          int ipv4Bits,
      @Parameter(
              value = "So many bits of an IPv6 address are one client.",
              otherwise = "64",
              min = 16,
              max = 128)
          int ipv6Bits) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "Concurrency";
    }

    @Override
    public String summary() {
      return "Limits how many connections a client has at once.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Concurrency(settings.max, settings.ipv4Bits, settings.ipv6Bits);
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
            421,
            "4.7.0",
            "Too many connections from you",
            Counted.of(now, "connection") + " at once");
  }

  @Override
  public void gone(Visitor visitor) {
    open.computeIfPresent(client(visitor), (_, count) -> count > 1 ? count - 1 : null);
  }

  private AddressRange client(Visitor visitor) {
    return AddressRange.around(visitor.remote(), ipv4Bits, ipv6Bits);
  }
}
