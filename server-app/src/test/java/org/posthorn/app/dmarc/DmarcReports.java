package org.posthorn.app.dmarc;

import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.remember.Memories;

/// The rooms of a running server from which reports leave, at another time.
public record DmarcReports(
    DmarcStatistics statistics, Memories memories, Dns dns, Spool spool, ContentStore contents) {
  /// Sends what is due then; returns how many reports that were.
  public int send(InstantSource clock, String contact, String hostname) {
    return new DmarcReporter(
            new DmarcReporter.Rooms(
                statistics, memories, dns, new ReportPost(spool, contents, clock, hostname), clock),
            new DmarcReportsConfig(Optional.of(contact), Optional.empty(), true),
            hostname)
        .sendWhatIsDue();
  }
}
