package org.posthorn.spool.plugin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;

/// A mailet under watch. Safe for use by many threads.
public record WatchedMailet(Mailet mailet, boolean repeatable, Watch watch) implements Mailet {
  @Override
  public Outcome service(Mail mail) {
    return watch.call(() -> sound(mailet.service(mail)));
  }

  /// Refuses what would run code of the plugin's later, on a thread of the server's.
  private static Outcome sound(@Nullable Outcome outcome) {
    switch (outcome) {
      case null -> throw new IllegalStateException("It returned null in place of an outcome");
      case Outcome.Continue(Mail mail) -> requireOurs(mail);
      case Outcome.Route(Mail mail, _) -> requireOurs(mail);
      case Outcome.Relay(Mail mail, _) -> requireOurs(mail);
      case Outcome.Park(Mail mail, _, _, _) -> requireOurs(mail);
      case Outcome.Wait(Mail mail, _, _, _) -> requireOurs(mail);
      case Outcome.Split(List<Outcome.Split.Part> parts) ->
          parts.forEach(part -> sound(part.outcome()));
      case Outcome.Finish _, Outcome.Retry _ -> {}
    }
    return outcome;
  }

  private static void requireOurs(Mail mail) {
    if (Plugin.of(mail.message()).isPresent()) {
      throw new IllegalStateException(
          "It made a message of a class of its own; use withHeader, withoutHeaders or withBytes");
    }
  }
}
