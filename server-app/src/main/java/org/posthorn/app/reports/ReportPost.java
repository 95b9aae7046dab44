package org.posthorn.app.reports;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Wishes;

/// Hands reports to the spool. Nobody hears that one did not arrive, TLS is not waited for, it
/// gives way to people's mail, and after a day it is given up. Safe for use by many threads.
public record ReportPost(Spool spool, ContentStore contents, InstantSource clock, String hostname) {
  private static final int PRIORITY = -4;

  /// `kind` stands in the log where mail from outside has its connection.
  public void send(String kind, byte[] message, MailAddress from, MailAddress to)
      throws IOException {
    Instant now = clock.instant();
    var wishes =
        new Wishes(
            Wishes.Tls.OPTIONAL,
            PRIORITY,
            Optional.empty(),
            // Not BY (RFC 2852): hardly a server knows it, and those that do not would get nothing.
            Optional.empty(),
            Optional.of(now.plus(DailyReports.TRIED_FOR)));
    boolean international = !to.isAscii() || !from.isAscii();
    var _ =
        spool.accept(
            spool.newId(),
            new NewMail(
                Optional.of(from),
                List.of(new Recipient(to, Optional.empty(), Set.of(Recipient.Notify.NEVER))),
                contents.write(new ByteArrayInputStream(message)),
                "",
                List.of(),
                new NewMail.Options(
                    international, false, Optional.empty(), Optional.empty(), wishes),
                new Origin(Optional.empty(), hostname, Optional.empty(), "local", kind, now)));
  }
}
