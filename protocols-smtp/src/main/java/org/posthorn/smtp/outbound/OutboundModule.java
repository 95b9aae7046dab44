package org.posthorn.smtp.outbound;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import org.posthorn.spool.Carrier;

/// Binds [Carrier] and the [SmtpCarrier] that it is, which wants to be closed at the end.
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
  }

  @Provides
  @Singleton
  SmtpCarrier carrier() {
    return new SmtpCarrier(config, hostname);
  }
}
