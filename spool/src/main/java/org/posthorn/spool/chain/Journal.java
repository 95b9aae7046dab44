package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.storage.queue.RecipientState.Place;

/// Hears what a run of the chain does, on the thread that runs it. `round` is how often the mail
/// has come into the processor of a step on its way.
public interface Journal {
  /// Of what goes in circles so many rounds are told, and how often it went.
  int ROUNDS_TOLD = 2;

  /// All recipients that the run has are in `fates` once, but for those that an earlier call said
  /// were settled (in any fate but [Fate.Underway]). The last call of a run has none underway.
  /// Returns when this is noted durably.
  void settle(List<Fate> fates);

  /// The mail must be ours, durably, before the step that comes: it does things that a crash would
  /// repeat for the same message when its sender, who was told nothing yet, sends it once more.
  default void needsCustody() {}

  /// A mailet is about to be asked. Throws when nothing may be done for the mail any more, since
  /// its sender hears that it is not ours.
  default void stepBegins() {}

  /// A mailet has decided. For the story.
  void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round);

  /// A matcher has chosen none or only others, so these go on to the next step.
  default void passedBy(Place step, List<Recipient> recipients, int round) {}
}
