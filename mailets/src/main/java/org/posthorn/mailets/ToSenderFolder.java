package org.posthorn.mailets;

import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;

/// Puts a copy into a folder of whoever has submitted the mail, marked as read, and lets the mail
/// go on. Only for mail of somebody who has logged in: a sender alone proves nothing. Where there
/// is no room for the copy, the mail goes on without it.
///
/// ```yaml
/// - match: IsAuthenticated and HeaderMatches(X-Mailer, "Scanner")
///   mailet: ToSenderFolder
///   folder: Sent
/// ```
final class ToSenderFolder implements Mailet {
  private final Mailet copy;

  private ToSenderFolder(Mailet copy) {
    this.copy = copy;
  }

  @Override
  public Outcome service(Mail mail) {
    submitted(mail).ifPresent(copy::service);
    return new Outcome.Continue(mail);
  }

  @Override
  public Outcome rehearse(Mail mail) {
    submitted(mail).ifPresent(copy::rehearse);
    return new Outcome.Continue(mail);
  }

  private static Optional<Mail> submitted(Mail mail) {
    return mail.origin().login().map(login -> mail.withRecipients(List.of(Recipient.of(login))));
  }

  /// The copy is there once for each mail, but a sender who was told nothing yet sends another one.
  @Override
  public boolean repeatable() {
    return false;
  }

  record Settings(
      @Parameter(
              value =
                  "The folder; it is made if need be. A special use finds the user's own folder for it.",
              otherwise = "Sent")
          String folder) {}

  static final class Factory implements MailetFactory<Settings> {
    private final ToMailbox.Rooms rooms;

    Factory(ToMailbox.Rooms rooms) {
      this.rooms = rooms;
    }

    @Override
    public String name() {
      return "ToSenderFolder";
    }

    @Override
    public String summary() {
      return "Puts a copy into a folder of who has submitted the mail.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      var inFolder =
          new ToMailbox.Settings(
              Optional.of(settings.folder), false, OverQuota.BOUNCE, List.of("seen"));
      return new ToSenderFolder(new ToMailbox(rooms, inFolder, "sender-folder "));
    }
  }
}
