package org.posthorn.smtp.outbound;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.spool.Carrier;
import org.posthorn.storage.remember.Memories;

/// Binds [Carrier] and the [SmtpCarrier] that it is, which wants to be closed at the end, and the
/// one client of the DNS, [HttpsPost], and the [Http] of plugins. Needs the [Memories], a clock and
/// [TlsOutcomes].
public final class OutboundModule extends AbstractModule {
  private static final int HTTPS = 443;

  private final OutboundConfig config;
  private final WebConfig web;
  private final String hostname;
  private final Optional<byte[]> authorities;

  /// `hostname` is the server's own name; `authorities` what is in the file of that setting.
  public OutboundModule(
      OutboundConfig config, WebConfig web, String hostname, Optional<byte[]> authorities) {
    this.web = web;
    this.authorities = authorities.map(byte[]::clone);
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
  ZoneDns zone() {
    return SmtpCarrier.zoneDns(config);
  }

  /// By what everybody trusts: `authorities` are for us alone.
  @Provides
  @Singleton
  static PolicyFile policyFile(ZoneDns dns) {
    return PolicyFile.over(dns, Optional.empty(), HTTPS);
  }

  @Provides
  @Singleton
  HttpsPost https(DnsClient dns) {
    return new HttpsPost(
        dns,
        new OwnHosts(List.of(), config.allowPrivateDestinations()),
        new TlsClient(Optional.empty()));
  }

  @Provides
  @Singleton
  Http web(DnsClient dns) {
    return new WebClient(
        dns, new OwnHosts(List.of(), false), web.ranges(), new TlsClient(authorities));
  }

  @Provides
  @Singleton
  SmtpCarrier carrier(DnsClient dns, Memories memories, InstantSource clock, TlsOutcomes outcomes) {
    return new SmtpCarrier(
        config,
        hostname,
        dns,
        new TlsClient(authorities),
        Optional.of(new SmtpCarrier.Kept(memories, clock, HTTPS)),
        outcomes);
  }
}
