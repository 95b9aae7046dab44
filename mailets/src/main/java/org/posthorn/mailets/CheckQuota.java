package org.posthorn.mailets;

import java.util.List;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.match.FullMailboxes;

/// Sorts out recipients whose mailbox has no room for the message before other steps spend time on
/// it: to the processor `bounces`, or with `over-quota: retry` back to this step later. All others,
/// also those that have no mailbox here, go on.
///
/// ```yaml
/// - mailet: CheckQuota
///   over-quota: bounce
/// ```
public final class CheckQuota implements Mailet {
  private final Directory directory;
  private final OverQuota overQuota;

  private CheckQuota(Directory directory, OverQuota overQuota) {
    this.directory = directory;
    this.overQuota = overQuota;
  }

  @Override
  public Outcome service(Mail mail) {
    var fates = new Fates(mail);
    long sizeBytes = mail.message().sizeBytes();
    for (Recipient recipient : mail.recipients()) {
      if (FullMailboxes.isFull(directory, recipient.address(), sizeBytes)) {
        overQuota.apply(recipient, fates);
      } else {
        fates.goesOnAs(recipient, List.of(recipient));
      }
    }
    return fates.outcome("");
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value =
                  "What becomes of mail for a full mailbox: it is bounced (5.2.2), or tried again"
                      + " later.",
              otherwise = "bounce")
          OverQuota overQuota) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "CheckQuota";
    }

    @Override
    public String summary() {
      return "Sorts out full mailboxes early.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new CheckQuota(services.directory(), settings.overQuota);
    }
  }
}
