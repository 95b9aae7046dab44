package org.posthorn.mailets;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;

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
  private final Accounts accounts;
  private final OverQuota overQuota;

  private CheckQuota(Directory directory, Accounts accounts, OverQuota overQuota) {
    this.directory = directory;
    this.accounts = accounts;
    this.overQuota = overQuota;
  }

  @Override
  public Outcome service(Mail mail) {
    var fates = new Fates(mail);
    long sizeBytes = mail.message().sizeBytes();
    for (Recipient recipient : mail.recipients()) {
      if (hasRoom(recipient, sizeBytes)) {
        fates.goesOnAs(recipient, List.of(recipient));
      } else {
        overQuota.apply(recipient, fates);
      }
    }
    return fates.outcome("", OverQuota.RETRY_REASON);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  private boolean hasRoom(Recipient recipient, long sizeBytes) {
    if (!(directory.resolve(recipient.address()) instanceof Resolution.Mailbox mailbox)) {
      return true;
    }
    return accounts
        .find(mailbox.user().account())
        .map(Account::quota)
        .map(quota -> quota.hasRoomFor(sizeBytes))
        .orElse(true);
  }

  record Settings(
      @Parameter(
              value =
                  "What becomes of mail for a full mailbox: it is bounced (5.2.2), or tried again"
                      + " later.",
              otherwise = "bounce")
          OverQuota overQuota) {}

  static final class Factory implements MailetFactory<Settings> {
    private final Directory directory;
    private final Accounts accounts;

    Factory(Directory directory, Accounts accounts) {
      this.directory = directory;
      this.accounts = accounts;
    }

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
      return new CheckQuota(directory, accounts, settings.overQuota);
    }
  }
}
