package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.spool.Notes;

/// Says how urgent a mail is, from -9 to 9 (RFC 6710), whatever its sender asked for. More urgent
/// mail goes first to each destination, and is tried as `spool.patience` says.
///
/// ```yaml
/// - match: SenderIs(news@example.org)
///   mailet: SetPriority
///   priority: -4
/// ```
final class SetPriority implements Mailet {
  private final int priority;

  private SetPriority(int priority) {
    this.priority = priority;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(mail.withAttribute(Notes.PRIORITY, Integer.toString(priority)));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "How urgent it is: -9 to 9, usual mail is 0.",
              min = -9,
              max = 9,
              example = "-4")
          int priority) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SetPriority",
        "Says how urgent a mail is.",
        Settings.class,
        (settings, _) -> new SetPriority(settings.priority));
  }
}
