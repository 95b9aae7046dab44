package org.posthorn.smtp.outbound;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.posthorn.mailet.Recipient;
import org.posthorn.spool.Carrier;

/// Takes mail to other servers by SMTP. Safe for use by many threads.
public final class SmtpCarrier implements Carrier, AutoCloseable {
  private final MxLookup lookup;
  private final Greeting greeting;
  private final IdleConnections idle;

  /// `hostname` is the server's own name.
  public SmtpCarrier(OutboundConfig config, String hostname) {
    this(config, hostname, dns(config));
  }

  SmtpCarrier(OutboundConfig config, String hostname, DnsClient dns) {
    String helloName = config.helloName().orElse(hostname);
    List<String> ownNames = new ArrayList<>(config.ownNames());
    ownNames.add(hostname);
    ownNames.add(helloName);
    OwnHosts ownHosts = new OwnHosts(ownNames, config.allowPrivateDestinations());
    lookup = new MxLookup(dns, ownHosts, config.port(), config.staticRoutes());
    greeting = new Greeting(helloName, config);
    idle = new IdleConnections(config.keepIdle(), config.mailsPerConnection());
  }

  /// The client of the DNS as configured.
  static DnsClient dns(OutboundConfig config) {
    List<InetSocketAddress> servers =
        config.dnsServers().stream()
            .map(server -> HostPort.parseAddress("dns-servers", server, 53))
            .toList();
    return new DnsClient(servers, config.dnsTimeout());
  }

  @Override
  public Map<Recipient, Answer> carry(Load load) {
    return new Attempt(load, lookup, greeting, idle).run();
  }

  /// Closes the connections that wait for more mail. What is being carried is carried to its end.
  @Override
  public void close() {
    idle.close();
  }
}
