package org.posthorn.spool.chain;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Smarthost;
import org.posthorn.storage.queue.RecipientState.Place;

/// Where the chain left the recipients of `mail`.
public sealed interface Fate {
  Mail mail();

  /// Whether the run was stopped, since it came to no end.
  default boolean goesInCircles() {
    return this instanceof Retried retried
        && retried.thrown().filter(GoesInCircles.class::isInstance).isPresent();
  }

  /// They are done. `step` is who says so.
  record Served(Mail mail, Place step, String reason) implements Fate {}

  record Relayed(Mail mail, Optional<Smarthost> smarthost) implements Fate {}

  /// They come back to `step` later. `thrown` is what a mailet or matcher threw, absent when it
  /// asked for another try; [GoesInCircles] when no step has failed, but the run as a whole.
  record Retried(Mail mail, Place step, String reason, Optional<Throwable> thrown)
      implements Fate {}

  /// They go on at `next` when it is `until`.
  record Waiting(Mail mail, Place step, Place next, Instant until, String reason) implements Fate {}

  /// They stay until an operator does something: `step` is the end of the processor that says so.
  record Kept(Mail mail, Place step) implements Fate {}

  /// A mailet put them into a repository; `processor` is where they go on when they are run again.
  record Parked(Mail mail, Place step, String repository, String reason, Optional<String> processor)
      implements Fate {}

  /// They are in front of `step` and go on at once, in this run.
  record Underway(Mail mail, Place step) implements Fate {}
}
