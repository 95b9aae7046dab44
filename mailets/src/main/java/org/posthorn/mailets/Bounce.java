package org.posthorn.mailets;

import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
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
        mail.sender().isEmpty()
            ? "not bounced: no sender"
            : "not bounced: not wanted, or one more of a circle of bounces");
  }

  @Override
  public Outcome rehearse(Mail mail) {
    return new Outcome.Finish(
        mail.sender()
            .map(sender -> "bounced to " + sender + ": " + reasons(mail))
            .orElse("not bounced: no sender"));
  }

  private String reasons(Mail mail) {
    return mail.recipients().stream()
        .map(this::explained)
        .flatMap(recipient -> recipient.failure().stream())
        .map(failure -> failure.status() + " " + failure.text())
        .distinct()
        .collect(Collectors.joining("; "));
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

  record Settings(
      @Parameter(
              value = "Why, for recipients that bring no reason of their own.",
              example = "Messages of more than 100 MB are not accepted")
          Optional<String> reason,
      @Parameter(
              value = "The enhanced status code (RFC 3463) that goes with it.",
              otherwise = "5.7.1",
              example = "5.2.3")
          String status) {
    Settings {
      if (!status.matches("5\\.\\d{1,3}\\.\\d{1,3}")) {
        throw new ParameterException(
            "parameter 'status' is '%s', but should be a code such as 5.7.1".formatted(status));
      }
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    private final Reports reports;

    Factory(Reports reports) {
      this.reports = reports;
    }

    @Override
    public String name() {
      return "Bounce";
    }

    @Override
    public String summary() {
      return "Tells the sender that a mail cannot be delivered.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Bounce(
          reports,
          settings.reason.map(
              text -> new Recipient.Failure(settings.status, Optional.empty(), text)));
    }
  }
}
