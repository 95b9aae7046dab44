package org.posthorn.imap.command;

import java.util.List;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;

/// Flags as clients name them.
final class FlagNames {
  private FlagNames() {}

  /// Empty when one of them is a system flag that does not exist. `\Recent` is left out: clients
  /// that send back what they were told mean no harm.
  static Optional<Flags> flags(List<String> names) {
    List<String> kept = names.stream().filter(name -> !name.equalsIgnoreCase("\\Recent")).toList();
    try {
      return Optional.of(Flags.of(kept.toArray(String[]::new)));
    } catch (MailboxException.NotPermitted _) {
      return Optional.empty();
    }
  }

  static ImapAnswer refusal() {
    return ImapAnswer.bad("There is no such system flag");
  }
}
