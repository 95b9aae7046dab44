package org.posthorn.mailet;

import java.util.List;
import java.util.Optional;

/// What a mailet decided for the recipients it was given. The chain's switch over it is exhaustive:
/// nothing else can happen to a mail.
///
/// An outcome with a mail in it speaks for the recipients that the mailet was given, whoever they
/// are afterwards: those that `mail` no longer has are finished, new ones join.
public sealed interface Outcome {
  /// Goes on to the next step, changed or not.
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
  /// that the mailet was given must be in exactly one part; the mails inside the parts' outcomes
  /// speak for their part only. A part without recipients sends new ones on a way of their own: its
  /// outcome has a mail that has them.
  record Split(List<Part> parts) implements Outcome {
    public record Part(List<Recipient> recipients, Outcome outcome) {
      public Part {
        recipients = List.copyOf(recipients);
      }
    }

    public Split {
      parts = List.copyOf(parts);
    }
  }
}
