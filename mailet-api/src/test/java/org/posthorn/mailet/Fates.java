package org.posthorn.mailet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads an [Outcome] as the server does: what becomes of each recipient. For tests.
public final class Fates {
  private final List<String> problems = new ArrayList<>();

  private Fates() {}

  /// What the server would refuse in this outcome; empty when it is sound.
  public static List<String> problems(Mail given, Outcome outcome) {
    var fates = new Fates();
    fates.read(given, outcome);
    return List.copyOf(fates.problems);
  }

  private void read(Mail given, Outcome outcome) {
    switch (outcome) {
      case Outcome.Continue(Mail mail) -> same(given, mail);
      case Outcome.Route(Mail mail, String processor) -> {
        same(given, mail);
        if (processor.isBlank()) {
          problems.add("a route to nowhere");
        }
      }
      case Outcome.Relay(Mail mail, _) -> same(given, mail);
      case Outcome.Park(Mail mail, _, String reason, _) -> {
        same(given, mail);
        said(reason);
      }
      case Outcome.Wait(Mail mail, _, String reason, _) -> {
        same(given, mail);
        said(reason);
      }
      case Outcome.Finish(String reason) -> said(reason);
      case Outcome.Retry(String reason) -> said(reason);
      case Outcome.Split(List<Outcome.Split.Part> parts) -> {
        List<Recipient> inParts =
            parts.stream().flatMap(part -> part.recipients().stream()).toList();
        if (!counted(inParts).equals(counted(given.recipients()))) {
          problems.add("a split whose parts are not the recipients that were given");
        }
        parts.forEach(part -> read(given.withRecipients(part.recipients()), part.outcome()));
      }
    }
  }

  private void same(Mail given, Mail mail) {
    if (!mail.id().equals(given.id())) {
      problems.add("another mail, " + mail.id());
    }
    if (!mail.origin().equals(given.origin())) {
      problems.add("another origin");
    }
  }

  private void said(String reason) {
    if (reason.isBlank()) {
      problems.add("no reason");
    }
  }

  private static Map<Recipient, Integer> counted(List<Recipient> recipients) {
    Map<Recipient, Integer> counts = new HashMap<>();
    recipients.forEach(recipient -> counts.merge(recipient, 1, Integer::sum));
    return counts;
  }
}
