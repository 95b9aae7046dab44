package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;

/// Recipients of whom a decision says nothing more: the mail that goes on has them no longer, and
/// nobody came in their place. Where others came, or one stands there twice, nobody knows for whom
/// they are: an alias is replaced and not left out.
final class LeftOut {
  private LeftOut() {}

  static List<Recipient> of(Mail given, Outcome outcome) {
    List<Recipient> after = new ArrayList<>();
    gather(given.recipients(), outcome, after);
    if (after.size() >= given.recipients().size()) {
      return List.of();
    }
    Set<MailAddress> there = after.stream().map(Recipient::address).collect(Collectors.toSet());
    return Set.copyOf(given.addresses()).containsAll(there)
        ? given.recipients().stream().filter(each -> !there.contains(each.address())).toList()
        : List.of();
  }

  private static void gather(List<Recipient> given, Outcome outcome, List<Recipient> after) {
    switch (outcome) {
      case Outcome.Continue(Mail mail) -> after.addAll(mail.recipients());
      case Outcome.Route(Mail mail, _) -> after.addAll(mail.recipients());
      case Outcome.Relay(Mail mail, _) -> after.addAll(mail.recipients());
      case Outcome.Wait(Mail mail, _, _, _) -> after.addAll(mail.recipients());
      case Outcome.Park(Mail mail, _, _, _) -> after.addAll(mail.recipients());
      case Outcome.Finish _, Outcome.Retry _ -> after.addAll(given);
      case Outcome.Split(List<Outcome.Split.Part> parts) ->
          parts.forEach(part -> gather(part.recipients(), part.outcome(), after));
    }
  }
}
