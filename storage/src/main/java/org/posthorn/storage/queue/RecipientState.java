package org.posthorn.storage.queue;

import java.util.Optional;
import org.posthorn.message.Domain;

/// Where a recipient's copy of a mail is.
public sealed interface RecipientState {
  /// In the chain, in front of a step.
  record Waiting(Place place) implements RecipientState {}

  /// On its way to another server: to the MX of `domain`, or to `via`.
  record Outgoing(Domain domain, Optional<Via> via) implements RecipientState {}

  /// Stopped by an operator, until released into the state before.
  record Held(RecipientState before) implements RecipientState {
    public Held {
      if (before instanceof Held || before instanceof Parked) {
        throw new IllegalArgumentException("Only what moves can be held, not " + before);
      }
    }
  }

  /// In a repository: nothing more happens by itself. An operator looks at `reason` and runs it
  /// again from `place` (without a processor: from where the operator says), or drops it. Of a
  /// longer `reason` the beginning is kept.
  record Parked(String repository, Place place, String reason) implements RecipientState {
    private static final int REASON_MAX = 8_000;

    public Parked {
      reason = reason.length() <= REASON_MAX ? reason : reason.substring(0, REASON_MAX - 1) + "…";
    }

    public boolean isDeadLetter() {
      return repository.equals(DEAD_LETTERS);
    }
  }

  /// The repository of what the chain itself could not deal with.
  String DEAD_LETTERS = "dead-letters";

  /// A step of the chain, by the names in the configuration; an empty `step` is the first.
  record Place(String processor, String step) {}

  /// A server that takes mail for any domain. `tls` is the word for how; `credentials` the name of
  /// an entry in the configuration.
  record Via(String host, int port, String tls, Optional<String> credentials) {}

  /// Whether it will be taken up when its time comes.
  default boolean isDue() {
    return switch (this) {
      case Waiting _, Outgoing _ -> true;
      case Held _, Parked _ -> false;
    };
  }
}
