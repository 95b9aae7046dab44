package org.posthorn.mailets.content;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.MailDate;

/// Says when a message loses its use, in the field `Expires` (RFC 4021 §2.1.50), or limits what the
/// sender said there. Times count from when the mail came in. What is no date counts as absent.
///
/// ```yaml
/// - match: SenderIs(news@example.org)
///   mailet: Expires
///   after: 7d
///   at-most: 30d
/// ```
final class Expires implements Mailet {
  private static final String NAME = "Expires";

  private final Settings settings;

  private Expires(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    Instant received = mail.origin().received();
    Optional<Instant> said =
        Fields.first(mail.message(), NAME).flatMap(MailDate::parse).map(OffsetDateTime::toInstant);
    Optional<Instant> wanted =
        said.or(() -> settings.after.map(received::plus)).map(time -> limited(time, received));
    if (wanted.isEmpty() || wanted.equals(said)) {
      return new Outcome.Continue(mail);
    }
    return new Outcome.Continue(
        mail.withMessage(
            Fields.replaced(mail.message(), NAME, MailDate.format(wanted.orElseThrow()))));
  }

  private Instant limited(Instant time, Instant received) {
    Optional<Instant> latest = settings.atMost.map(received::plus);
    return latest.filter(time::isAfter).orElse(time);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "When a message expires that does not say so itself.",
              min = 1_000,
              max = 3_653L * 86_400_000,
              example = "7d")
          Optional<Duration> after,
      @Parameter(
              value = "The latest that a message may say.",
              min = 1_000,
              max = 3_653L * 86_400_000,
              example = "30d")
          Optional<Duration> atMost) {
    Settings {
      if (after.isEmpty() && atMost.isEmpty()) {
        throw new ParameterException("one of the parameters 'after' and 'at-most' is needed");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Expires",
        "Sets or limits when a message expires.",
        Settings.class,
        (settings, _) -> new Expires(settings));
  }
}
