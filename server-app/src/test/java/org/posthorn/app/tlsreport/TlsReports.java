package org.posthorn.app.tlsreport;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.mailet.Dns;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.remember.Memories;

/// The rooms of a running server from which reports leave, at another time.
public record TlsReports(
    TlsStatistics statistics, Memories memories, Dns dns, Spool spool, ContentStore contents) {
  /// Sends what is due then, by mail; returns how many reports that were.
  public int send(InstantSource clock, String contact, String hostname) {
    return new TlsReporter(
            new TlsReporter.Rooms(
                statistics,
                memories,
                dns,
                new ReportPost(spool, contents, clock, hostname),
                (target, _, _, _) -> {
                  throw new IOException("Nobody is at " + target);
                },
                _ -> true,
                clock),
            new TlsReportsConfig(Optional.of(contact), Optional.empty(), true),
            hostname)
        .sendWhatIsDue();
  }
}
