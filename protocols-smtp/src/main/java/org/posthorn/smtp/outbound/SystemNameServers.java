package org.posthorn.smtp.outbound;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TSIG;

/// The DNS servers that the system has now: a machine gets others while we run, or its first ones
/// after we started (DHCP, a VPN). Safe for use by many threads.
final class SystemNameServers implements Resolver {
  private static final Logger log = LoggerFactory.getLogger(SystemNameServers.class);

  /// How long the system is not asked for them again.
  private static final Duration KNOWN = Duration.ofMinutes(1);

  private final Supplier<List<InetSocketAddress>> system;
  private final LongSupplier nanos;
  private final Function<List<InetSocketAddress>, Resolver> asking;
  private final List<Consumer<Resolver>> settings = new ArrayList<>();
  private List<InetSocketAddress> servers;
  private Resolver now;
  private long seenNanos;

  /// `asking` makes of servers what asks them.
  SystemNameServers(
      Supplier<List<InetSocketAddress>> system,
      LongSupplier nanos,
      Function<List<InetSocketAddress>, Resolver> asking) {
    this.system = system;
    this.nanos = nanos;
    this.asking = asking;
    servers = system.get();
    now = asking.apply(servers);
    seenNanos = nanos.getAsLong();
  }

  private synchronized Resolver now() {
    long nowNanos = nanos.getAsLong();
    if (nowNanos - seenNanos > KNOWN.toNanos()) {
      seenNanos = nowNanos;
      List<InetSocketAddress> fresh = servers();
      if (!fresh.equals(servers)) {
        Resolver other = asking.apply(fresh);
        settings.forEach(each -> each.accept(other));
        servers = fresh;
        now = other;
      }
    }
    return now;
  }

  /// Where the system does not tell, they are those that it had.
  private List<InetSocketAddress> servers() {
    try {
      return system.get();
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).log("dns-servers-unknown");
      return servers;
    }
  }

  private synchronized void set(Consumer<Resolver> setting) {
    settings.add(setting);
    setting.accept(now);
  }

  @Override
  public CompletionStage<Message> sendAsync(Message query) {
    return now().sendAsync(query);
  }

  @Override
  public CompletionStage<Message> sendAsync(Message query, Executor executor) {
    return now().sendAsync(query, executor);
  }

  @Override
  public void setPort(int port) {
    set(each -> each.setPort(port));
  }

  @Override
  public void setTCP(boolean only) {
    set(each -> each.setTCP(only));
  }

  @Override
  public void setIgnoreTruncation(boolean ignores) {
    set(each -> each.setIgnoreTruncation(ignores));
  }

  @Override
  public void setEDNS(int version, int payloadBytes, int flags, List<EDNSOption> options) {
    set(each -> each.setEDNS(version, payloadBytes, flags, options));
  }

  @Override
  public void setTSIGKey(TSIG key) {
    set(each -> each.setTSIGKey(key));
  }

  @Override
  public void setTimeout(Duration timeout) {
    set(each -> each.setTimeout(timeout));
  }

  @Override
  public Duration getTimeout() {
    return now().getTimeout();
  }
}
