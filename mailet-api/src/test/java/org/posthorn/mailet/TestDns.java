package org.posthorn.mailet;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/// A DNS that knows what a test has told it; everything else does not exist. Safe for use by many
/// threads.
public final class TestDns implements Dns {
  private final Map<String, List<String>> records = new ConcurrentHashMap<>();
  private final Set<String> silent = ConcurrentHashMap.newKeySet();
  private final Set<String> hanging = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();

  /// `type` is `A` (of both kinds), `MX` (the host, `.` for the null MX), `TXT` or `PTR` (with the
  /// address as its name).
  public TestDns with(String type, String name, String... values) {
    records.put(key(type, name), List.of(values));
    return this;
  }

  /// Nobody answers for this name.
  public TestDns silentFor(String name) {
    silent.add(name);
    return this;
  }

  /// Nobody answers for this name, and it takes longer than a test.
  public TestDns hangsFor(String name) {
    hanging.add(name);
    return this;
  }

  /// The names that were asked for.
  public Set<String> asked() {
    return Set.copyOf(asked.keySet());
  }

  public int timesAsked(String name) {
    return asked.getOrDefault(name, 0);
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    return answer("MX", domain, host -> new Exchanger(10, host.equals(".") ? "" : host));
  }

  @Override
  public Answer<InetAddress> addresses(String host) {
    return answer("A", host, InetAddress::ofLiteral);
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    return only(Inet4Address.class, addresses(host));
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    return only(Inet6Address.class, addresses(host));
  }

  private static Answer<InetAddress> only(
      Class<? extends InetAddress> kind, Answer<InetAddress> answer) {
    return switch (answer) {
      case Answer.Records<InetAddress>(List<InetAddress> all) ->
          new Answer.Records<>(all.stream().filter(kind::isInstance).toList());
      case Answer.NoSuchName<InetAddress> no -> no;
      case Answer.Unknown<InetAddress> unknown -> unknown;
    };
  }

  @Override
  public Answer<String> texts(String name) {
    return answer("TXT", name, text -> text);
  }

  @Override
  public Answer<String> names(InetAddress address) {
    return answer("PTR", address.getHostAddress(), text -> text);
  }

  private <T> Answer<T> answer(String type, String name, Function<String, T> reading) {
    asked.merge(name, 1, Integer::sum);
    if (hanging.contains(name)) {
      LockSupport.parkNanos(Duration.ofMinutes(10).toNanos());
    }
    if (silent.contains(name) || hanging.contains(name)) {
      return new Answer.Unknown<>("nobody answered for " + name);
    }
    List<String> values = records.get(key(type, name));
    if (values != null) {
      return new Answer.Records<>(values.stream().map(reading).toList());
    }
    boolean exists = records.keySet().stream().anyMatch(key -> key.endsWith(" " + lower(name)));
    return exists ? new Answer.Records<>(List.of()) : new Answer.NoSuchName<>();
  }

  private static String key(String type, String name) {
    return type + " " + lower(name);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
