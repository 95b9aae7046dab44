package org.posthorn.app.tlsreport;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.posthorn.smtp.outbound.TlsOutcomes;
import org.posthorn.storage.remember.Memories;

/// Binds [TlsStatistics], also as the [TlsOutcomes] that they come from. Needs the [Memories] and a
/// clock.
public final class TlsReportModule extends AbstractModule {
  @Override
  protected void configure() {
    bind(TlsOutcomes.class).to(TlsStatistics.class);
  }

  @Provides
  @Singleton
  static TlsStatistics statistics(Memories memories, InstantSource clock) {
    return new TlsStatistics(memories, clock);
  }
}
