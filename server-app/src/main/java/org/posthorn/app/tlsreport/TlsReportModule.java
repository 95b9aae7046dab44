package org.posthorn.app.tlsreport;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.mailets.DkimSign;
import org.posthorn.smtp.outbound.HttpsPost;
import org.posthorn.smtp.outbound.TlsOutcomes;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.remember.Memories;

/// Binds [TlsStatistics], also as the [TlsOutcomes] that they come from, and [TlsReporter], which
/// wants to be started and closed. Needs the spool, the content store, the [Memories], the DNS,
/// [HttpsPost], the keys of domains, the [Directory] and a clock.
public final class TlsReportModule extends AbstractModule {
  private final TlsReportsConfig config;
  private final String hostname;

  public TlsReportModule(TlsReportsConfig config, String hostname) {
    this.config = config;
    this.hostname = hostname;
  }

  @Override
  protected void configure() {
    bind(TlsOutcomes.class).to(TlsStatistics.class);
  }

  @Provides
  @Singleton
  static TlsStatistics statistics(Memories memories, InstantSource clock) {
    return new TlsStatistics(memories, clock);
  }

  @Provides
  @Singleton
  TlsReporter reporter(
      TlsStatistics statistics,
      Memories memories,
      Dns dns,
      Spool spool,
      ContentStore contents,
      HttpsPost https,
      DomainKeys keys,
      Directory directory,
      InstantSource clock) {
    return new TlsReporter(
        new TlsReporter.Rooms(
            statistics,
            memories,
            dns,
            new ReportPost(spool, contents, clock, hostname),
            https::post,
            domain -> DkimSign.signs(keys, directory, domain),
            clock),
        config,
        hostname);
  }
}
