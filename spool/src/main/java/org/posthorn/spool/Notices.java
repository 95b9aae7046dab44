package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.spool.plugin.InHand;
import org.posthorn.storage.content.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends people notes of the server's own. What would never end, does: a notice for each notice,
/// and notices to somebody without pause. Safe for use by many threads.
final class Notices {
  private static final Logger log = LoggerFactory.getLogger(Notices.class);

  /// To one address within [#WINDOW]; no person reads that many.
  private static final int WINDOW_MAX = 1_000;

  private static final Duration WINDOW = Duration.ofHours(1);
  private static final int ADDRESSES_MAX = 10_000;

  private final Spool spool;
  private final SpoolSubmission submission;
  private final ContentStore contents;
  private final ServerName name;
  private final InstantSource clock;

  /// Who was written to lately, the longest ago first. Its own lock.
  private final Map<MailAddress, Sent> sent = new LinkedHashMap<>();

  Notices(
      Spool spool,
      SpoolSubmission submission,
      ContentStore contents,
      ServerName name,
      InstantSource clock) {
    this.spool = spool;
    this.submission = submission;
    this.contents = contents;
    this.name = name;
    this.clock = clock;
  }

  /// How many since when.
  private record Sent(Instant since, int count) {}

  /// Throws `IllegalStateException` where it would have no end, see
  /// [org.posthorn.mailet.Services#tell].
  void tell(MailAddress to, String subject, String text) {
    Map<String, String> attributes =
        InHand.mail().map(mail -> submission.noticed(mail, to)).orElse(Map.of());
    MailId id = spool.newId();
    Instant now = clock.instant();
    count(to, now);
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
              new Origin(Optional.empty(), name.value(), Optional.empty(), "local", "notice", now),
              attributes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void count(MailAddress to, Instant now) {
    synchronized (sent) {
      Sent before = sent.getOrDefault(to, new Sent(now, 0));
      Sent last = now.isBefore(before.since().plus(WINDOW)) ? before : new Sent(now, 0);
      if (last.since().isAfter(now)) { // A clock that was ahead has been set back.
        last = new Sent(now, last.count());
        sent.put(to, last);
      }
      if (last.count() >= WINDOW_MAX) {
        log.atError()
            .addKeyValue("to", to)
            .addKeyValue("since", last.since())
            .log("too-many-notices");
        throw new IllegalStateException(
            "No more notice is sent to %s before %s: there were %d since %s. Let the plugin gather what it has to say"
                .formatted(to, last.since().plus(WINDOW), WINDOW_MAX, last.since()));
      }
      sent.remove(to);
      sent.put(to, new Sent(last.since(), last.count() + 1));
      if (sent.size() > ADDRESSES_MAX) {
        sent.remove(sent.keySet().iterator().next());
      }
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
