package org.posthorn.mailets.content;

import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;

/// Lets mail wait: it comes back to this step later, with growing delays, and goes to the dead
/// letters when they are used up.
///
/// ```yaml
/// - match: RateOver(newsletter, 500, 1h, login)
///   mailet: TryLater
///   reason: more than 500 mails in an hour
/// ```
final class TryLater {
  private TryLater() {}

  record Settings(
      @Parameter(value = "Why, for the queue and the story.", example = "too many at once")
          String reason) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "TryLater",
        "Lets mail wait and come back to this step later.",
        Settings.class,
        (settings, _) -> _ -> new Outcome.Retry(settings.reason));
  }
}
