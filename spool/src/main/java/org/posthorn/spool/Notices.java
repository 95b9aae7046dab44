package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;

/// Sends people notes of the server's own. Safe for use by many threads.
record Notices(Spool spool, ContentStore contents, ServerName name, InstantSource clock) {
  void send(MailAddress to, String subject, String text) {
    MailId id = spool.newId();
    Instant now = clock.instant();
    try {
      byte[] message = message(id, to, subject, text, now).getBytes(StandardCharsets.UTF_8);
      spool.accept(
          id,
          new NewMail(
              Optional.empty(),
              List.of(Recipient.of(to)),
              contents.write(new ByteArrayInputStream(message)),
              "",
              List.of(),
              NewMail.Options.NONE,
              new Origin(
                  Optional.empty(), name.value(), Optional.empty(), "local", "notice", now)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String message(MailId id, MailAddress to, String subject, String text, Instant now) {
    return """
    From: Mail server <postmaster@%1$s>
    To: <%2$s>
    Subject: %3$s
    Date: %4$s
    Message-ID: <%5$s@%1$s>
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 8bit

    """
            .formatted(name.value(), to, oneLine(subject), MailDate.format(now), id)
            .replace("\n", "\r\n")
        + text.replace("\r", "").replace("\n", "\r\n");
  }

  private static String oneLine(String text) {
    return text.replaceAll("[^ -~]", "?");
  }
}
