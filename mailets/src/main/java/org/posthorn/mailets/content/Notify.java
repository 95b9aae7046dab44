package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.message.MailAddress;

/// Tells somebody of yours, such as the postmaster, that such a mail passed: your words and a
/// summary (subject, envelope, size), never its text. The mail goes on. Once for each mail, and
/// never about mail that the server made itself.
///
/// ```yaml
/// - match: SizeOver(50MB)
///   mailet: Notify
///   to: postmaster@example.org
///   subject: A very large mail
/// ```
final class Notify implements Mailet {
  private final Settings settings;
  private final Note note;

  private Notify(Settings settings, Note note) {
    this.settings = settings;
    this.note = note;
  }

  @Override
  public Outcome service(Mail mail) {
    boolean ours = mail.sender().isEmpty() && mail.origin().protocol().equals("local");
    if (!ours && !mail.recipients().isEmpty()) {
      for (MailAddress to : settings.to) {
        note.send(mail, to, "auto-generated", settings.subject, settings.text);
      }
    }
    return new Outcome.Continue(mail);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "Who is told.", min = 1, example = "postmaster@example.org")
          List<MailAddress> to,
      @Parameter(value = "The subject of the note.", example = "A very large mail") String subject,
      @Parameter(
              value = "What stands above the summary.",
              otherwise = "This mail passed a step of the chain that tells you about it.")
          String text) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Notify",
        "Tells an address of yours that such a mail passed.",
        Settings.class,
        (settings, services) -> new Notify(settings, new Note(services)));
  }
}
