package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a mailet decided for the recipients it was given. The chain's switch over it is exhaustive:
/// nothing else can happen to a mail.
///
/// ```java
/// return new Outcome.Continue(mail.withAttribute("acme.seen", "yes"));
/// return new Outcome.Route(mail.withFailure(Recipient.Failure.of("5.7.1", "Members only")), "bounces");
/// return new Outcome.Finish("handed to the archive as " + number);
/// return new Outcome.Retry("The archive is not to be reached");
/// return new Outcome.Park(mail, "quarantine", "looks like a virus", Optional.of("root"));
/// return new Outcome.Split(List.of(
///     new Outcome.Split.Part(full, new Outcome.Retry("over quota")),
///     new Outcome.Split.Part(others, new Outcome.Continue(mail.withRecipients(others)))));
/// ```
///
/// An outcome with a mail in it speaks for the recipients that the mailet was given, whoever they
/// are afterwards: those that `mail` no longer has are finished, new ones join.
public sealed interface Outcome {
  /// Goes on to the next step, changed or not.
  record Continue(Mail mail) implements Outcome {
    public Continue {
      requireNonNull(mail, "mail");
    }
  }

  /// Goes to the start of another processor, changed or not. That there is one is known where its
  /// name is a parameter of type [ProcessorName]; one that is not there is a failure.
  record Route(Mail mail, String processor) implements Outcome {
    public Route {
      requireNonNull(mail, "mail");
      requireNonNull(processor, "processor");
    }

    public Route(Mail mail, ProcessorName processor) {
      this(mail, processor.value());
    }
  }

  /// Is done: delivered, dropped, replaced by another mail. `reason` is for the story and the log.
  record Finish(String reason) implements Outcome {
    public Finish {
      requireNonNull(reason, "reason");
    }
  }

  /// Comes back to this same step later, with growing delays, and goes to the dead letters when
  /// they are used up.
  record Retry(String reason) implements Outcome {
    public Retry {
      requireNonNull(reason, "reason");
    }
  }

  /// Waits, durably, until a time, and then goes on at the next step, or at the start of
  /// `processor`; at once when the time has passed. `reason` is shown in the queue and the story.
  /// The time that it waits does not count against it when other servers are tried afterwards.
  /// Waits of less than five minutes, one after the other, become longer by a second each, up to
  /// five minutes; the fifty-first in a row for a time that has passed is a failure.
  record Wait(Mail mail, Instant until, String reason, Optional<String> processor)
      implements Outcome {
    public Wait {
      requireNonNull(mail, "mail");
      requireNonNull(until, "until");
      requireNonNull(reason, "reason");
      requireNonNull(processor, "processor");
    }
  }

  /// Leaves for other servers: to the outgoing queue, by the MX of each recipient's domain or to
  /// `smarthost`.
  record Relay(Mail mail, Optional<Smarthost> smarthost) implements Outcome {
    public Relay {
      requireNonNull(mail, "mail");
      requireNonNull(smarthost, "smarthost");
    }
  }

  /// Is put into a repository, where it stays with its recipients and attributes until an operator
  /// looks at it (`posthorn repository`): a quarantine, a place for what nobody was prepared for.
  /// `repository` has up to 50 lower-case letters, digits and dashes and needs no other
  /// preparation. `reason` is shown to the operator. `processor` is where the mail goes on when it
  /// is run again, unless the operator says otherwise; absent: the operator has to say.
  record Park(Mail mail, String repository, String reason, Optional<String> processor)
      implements Outcome {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,49}");

    public Park {
      requireNonNull(mail, "mail");
      requireNonNull(reason, "reason");
      requireNonNull(processor, "processor");
      if (!isName(repository)) {
        throw new IllegalArgumentException(
            "A repository's name has 1 to 50 lower-case letters, digits and dashes, not '"
                + repository
                + "'");
      }
    }

    /// Whether a repository can be called that.
    public static boolean isName(String text) {
      return NAME.matcher(text).matches();
    }
  }

  /// Several fates for parts of the recipients, such as one over quota among five. Every recipient
  /// that the mailet was given must be in exactly one part; the mails inside the parts' outcomes
  /// speak for their part only. A part without recipients sends new ones on a way of their own: its
  /// outcome has a mail that has them.
  record Split(List<Part> parts) implements Outcome {
    public record Part(List<Recipient> recipients, Outcome outcome) {
      public Part {
        requireNonNull(outcome, "outcome");
        recipients = List.copyOf(recipients);
      }
    }

    public Split {
      parts = List.copyOf(parts);
    }
  }
}
