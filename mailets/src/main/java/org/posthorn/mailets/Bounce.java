package org.posthorn.mailets;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.spool.Reports;

/// Tells the sender that the recipients cannot be reached (RFC 3464), and ends the way of the mail.
/// The reason is each recipient's own, such as the answer of a remote server; `reason` and `status`
/// are for recipients that have none, for a mail that is refused here. Nobody is told about a mail
/// without a sender, so a report is never reported about.
///
/// ```yaml
/// - match: SizeOver(100MB)
///   mailet: Bounce
///   reason: Messages of more than 100 MB are not accepted
///   status: 5.2.3
/// ```
public final class Bounce implements Mailet {
  private final Reports reports;
  private final Optional<Recipient.Failure> reason;

  private Bounce(Reports reports, Optional<Recipient.Failure> reason) {
    this.reports = reports;
    this.reason = reason;
  }

  @Override
  public Outcome service(Mail mail) {
    Mail explained = mail.withRecipients(mail.recipients().stream().map(this::explained).toList());
    if (reports.failed(explained)) {
      return new Outcome.Finish("bounced");
    }
    return new Outcome.Finish(
        mail.sender().isEmpty() ? "not bounced: no sender" : "not bounced: not wanted");
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  private Recipient explained(Recipient recipient) {
    return recipient.failure().isEmpty()
        ? reason.map(recipient::withFailure).orElse(recipient)
        : recipient;
  }

  static final class Factory implements MailetFactory {
    private final Reports reports;

    Factory(Reports reports) {
      this.reports = reports;
    }

    @Override
    public String name() {
      return "Bounce";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      String status = parameters.optionalText("status").orElse("5.7.1");
      return new Bounce(
          reports,
          parameters
              .optionalText("reason")
              .map(text -> new Recipient.Failure(status, Optional.empty(), text)));
    }
  }
}
