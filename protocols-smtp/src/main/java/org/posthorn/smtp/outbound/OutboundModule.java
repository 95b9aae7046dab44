package org.posthorn.smtp.outbound;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import org.posthorn.mailet.Dns;
import org.posthorn.spool.Carrier;

/// Binds [Carrier] and the [SmtpCarrier] that it is, which wants to be closed at the end, and the
/// one client of the DNS.
public final class OutboundModule extends AbstractModule {
  private final OutboundConfig config;
  private final String hostname;

  /// `hostname` is the server's own name.
  public OutboundModule(OutboundConfig config, String hostname) {
    this.config = config;
    this.hostname = hostname;
  }

  @Override
  protected void configure() {
    bind(Carrier.class).to(SmtpCarrier.class);
    bind(Dns.class).to(DnsClient.class);
  }

  @Provides
  @Singleton
  DnsClient client() {
    return SmtpCarrier.dns(config);
  }

  @Provides
  @Singleton
  SmtpCarrier carrier(DnsClient dns) {
    return new SmtpCarrier(config, hostname, dns);
  }
}
