package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailets.match.MachineMatchers;

/// Writes to the envelope sender what you want to say about the mail, with a summary (subject,
/// envelope, size) and none of its text. The mail goes on. By the rules for automatic answers (RFC
/// 3834): nothing to mail without a sender, to lists, to bulk mail, to other programs, to a sender
/// that SPF knows to be forged. Others can be forged too, so use it behind checks, or for who has
/// logged in.
///
/// ```yaml
/// - match: IsAuthenticated
///   mailet: NotifySender
///   subject: Your mail waits for approval
///   text: Mail to all staff is read by the office before it is sent.
/// ```
final class NotifySender implements Mailet {
  private final Settings settings;
  private final Note note;

  private NotifySender(Settings settings, Note note) {
    this.settings = settings;
    this.note = note;
  }

  @Override
  public Outcome service(Mail mail) {
    if (!mail.recipients().isEmpty() && MachineMatchers.mayBeAnswered(mail)) {
      note.send(mail, mail.sender().orElseThrow(), "auto-replied", settings.subject, settings.text);
    }
    return new Outcome.Continue(mail);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The subject of the note.", example = "Your mail waits for approval")
          String subject,
      @Parameter(
              value = "What stands above the summary.",
              example = "Mail to all staff is read by the office before it is sent.")
          String text) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "NotifySender",
        "Writes to the sender what you want to say about the mail.",
        Settings.class,
        (settings, services) -> new NotifySender(settings, new Note(services)));
  }
}
