package org.posthorn.app.dmarc;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.multibindings.ProvidesIntoSet;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.remember.Memories;

/// Binds [DmarcStatistics], also as the [DmarcObserver] that hears of all mail, and
/// [DmarcReporter], which wants to be started and closed; [ReceivedReports], and the mailet that
/// fills them. Needs the spool, the content store, the [Memories], the directory, the DNS and a
/// clock.
public final class DmarcReportModule extends AbstractModule {
  private final DmarcReportsConfig config;
  private final String hostname;

  public DmarcReportModule(DmarcReportsConfig config, String hostname) {
    this.config = config;
    this.hostname = hostname;
  }

  @Override
  protected void configure() {
    bind(DmarcObserver.class).to(DmarcStatistics.class);
  }

  @Provides
  @Singleton
  DmarcStatistics statistics(Memories memories, InstantSource clock) {
    return new DmarcStatistics(memories, clock, config.isOn());
  }

  @Provides
  @Singleton
  static ReceivedReports received(Memories memories, InstantSource clock) {
    return new ReceivedReports(memories, clock);
  }

  @ProvidesIntoSet
  static MailetFactory<?> takeReports(ReceivedReports received, Directory directory) {
    return new TakeDmarcReports.Factory(
        received, domain -> Domain.parse(domain).filter(directory::isLocal).isPresent());
  }

  @Provides
  @Singleton
  DmarcReporter reporter(
      DmarcStatistics statistics,
      Memories memories,
      Dns dns,
      Spool spool,
      ContentStore contents,
      InstantSource clock) {
    return new DmarcReporter(
        new DmarcReporter.Rooms(
            statistics, memories, dns, new ReportPost(spool, contents, clock, hostname), clock),
        config,
        hostname);
  }
}
