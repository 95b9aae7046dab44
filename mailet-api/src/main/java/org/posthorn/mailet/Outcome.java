package org.posthorn.mailet;

import java.util.List;
import java.util.Optional;

/// What a mailet decided for the recipients it was given. The chain's switch over it is exhaustive:
/// nothing else can happen to a mail.
public sealed interface Outcome {
  /// Goes on to the next step, changed or not. Recipients that `mail` no longer has are finished;
  /// new ones join.
  record Continue(Mail mail) implements Outcome {}

  /// Goes to the start of another processor, changed or not.
  record Route(Mail mail, String processor) implements Outcome {}

  /// Is done: delivered, dropped, replaced by another mail. `reason` is for the story and the log.
  record Finish(String reason) implements Outcome {}

  /// Comes back to this same step later, with growing delays, and goes to the dead letters when
  /// they are used up.
  record Retry(String reason) implements Outcome {}

  /// Leaves for other servers: to the outgoing queue, by the MX of each recipient's domain or to
  /// `smarthost`.
  record Relay(Mail mail, Optional<Smarthost> smarthost) implements Outcome {}

  /// Several fates for parts of the recipients, such as one over quota among five. Every recipient
  /// must be in exactly one.
  record Split(List<Part> parts) implements Outcome {
    public record Part(List<Recipient> recipients, Outcome outcome) {}
  }
}
