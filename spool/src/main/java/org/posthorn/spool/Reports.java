package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.mailet.Submission;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.message.report.DeliveryReport;
import org.posthorn.message.report.RecipientReport;
import org.posthorn.message.report.RecipientReport.Action;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.queue.Wishes.Tls;

/// Tells senders what became of their mail (RFC 3461, RFC 3464): only what they want to hear, once,
/// and never about a mail that has no sender, which is what all reports are. Safe for use by many
/// threads.
public final class Reports {
  private static final String STATUS = "[245]\\.[0-9]{1,3}\\.[0-9]{1,3}";

  private final Submission submission;
  private final ReturnPaths returnPaths;
  private final String hostname;
  private final InstantSource clock;

  public Reports(
      Submission submission, ReturnPaths returnPaths, String hostname, InstantSource clock) {
    this.submission = submission;
    this.returnPaths = returnPaths;
    this.hostname = hostname;
    this.clock = clock;
  }

  /// Reports that the recipients of `mail` cannot be reached, each with its [Recipient#failure].
  /// True when a report was sent, false when nobody wants it, or it would be one more in a circle
  /// of reports.
  public boolean failed(Mail mail) {
    Instant now = clock.instant();
    List<RecipientReport> about = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      if (recipient.wants(Notify.FAILURE)) {
        var why =
            recipient
                .failure()
                .orElseGet(() ->
                    new Recipient.Failure(
                        "5.0.0", Optional.empty(), "The message could not be delivered"));
        about.add(
            report(
                recipient,
                Action.FAILED,
                status(why.status(), "5.0.0"),
                why.remote(),
                why.text(),
                why.lastTry(),
                Optional.empty()));
      }
    }
    return send(mail, "failed", about, now);
  }

  /// Reports that `mail` is in the mailboxes of these recipients, to a sender who asked for it.
  public boolean delivered(Mail mail, List<Recipient> recipients) {
    Instant now = clock.instant();
    List<RecipientReport> about =
        recipients.stream()
            .filter(recipient -> recipient.wants(Notify.SUCCESS))
            .map(recipient ->
                report(
                    recipient,
                    Action.DELIVERED,
                    "2.0.0",
                    Optional.empty(),
                    "",
                    Optional.of(now),
                    Optional.empty()))
            .toList();
    return send(mail, "delivered", about, now);
  }

  /// Reports that a server took the mail that will not report success itself. `asked`: the sender
  /// wants to hear of it anyhow (RFC 2852).
  void relayed(Mail mail, List<QueuedRecipient> rows, boolean asked, Instant now) {
    Predicate<Recipient> whom =
        asked
            ? recipient -> !recipient.notifications().contains(Notify.NEVER)
            : recipient -> recipient.wants(Notify.SUCCESS);
    send(mail, "relayed", about(rows, whom, Action.RELAYED, Optional.empty()), now);
  }

  /// Reports that another server has put it where it stays, to a sender who asked for it.
  void stored(Mail mail, List<QueuedRecipient> rows, Instant now) {
    send(
        mail,
        "delivered",
        about(
            rows, recipient -> recipient.wants(Notify.SUCCESS), Action.DELIVERED, Optional.empty()),
        now);
  }

  /// Reports that it takes longer, and until when it is tried, if that is known.
  void delayed(Mail mail, List<QueuedRecipient> rows, Instant now, Optional<Instant> until) {
    send(
        mail,
        "delayed",
        about(rows, recipient -> recipient.wants(Notify.DELAY), Action.DELAYED, until),
        now);
  }

  private List<RecipientReport> about(
      List<QueuedRecipient> rows,
      Predicate<Recipient> whom,
      Action action,
      Optional<Instant> until) {
    List<RecipientReport> about = new ArrayList<>();
    for (QueuedRecipient row : rows) {
      Recipient recipient = Rows.recipient(row);
      if (whom.test(recipient)) {
        QueuedRecipient.Answer said = row.answer().orElseThrow();
        about.add(
            report(
                recipient,
                action,
                status(said.status(), action == Action.DELAYED ? "4.0.0" : "2.0.0"),
                said.remote(),
                said.text(),
                said.lastTry(),
                until));
      }
    }
    return about;
  }

  private RecipientReport report(
      Recipient recipient,
      Action action,
      String status,
      Optional<String> remote,
      String text,
      Optional<Instant> lastTry,
      Optional<Instant> until) {
    return new RecipientReport(
        recipient.address(),
        recipient.originalRecipient(),
        action,
        status,
        remote.filter(host -> !host.isBlank()),
        text,
        lastTry.orElseGet(clock::instant),
        until,
        lastTry.isPresent());
  }

  private boolean send(Mail mail, String event, List<RecipientReport> about, Instant now) {
    if (about.isEmpty() || mail.sender().isEmpty()) {
      return false;
    }
    // Of a mail that was sent on, who sent it first.
    MailAddress sender = returnPaths.whoHears(mail.sender().get());
    String purpose = purpose(mail, event, about);
    String key = SubmissionKey.of(purpose).value();
    NewMail.Options options =
        mail.message() instanceof SpooledMessage spooled ? spooled.options() : NewMail.Options.NONE;
    var report =
        new DeliveryReport(
            hostname,
            mail.id() + "." + key.substring(0, 12),
            sender,
            mail.origin().received(),
            options.wishes().holdUntil(),
            options.envelopeId(),
            about,
            now);
    try (InputStream original = mail.message().open()) {
      // RFC 8689 §5: what was not to be read on the way out is not sent back.
      boolean full = options.returnFull().orElse(false) && options.wishes().tls() != Tls.REQUIRED;
      byte[] bytes = report.compose(original, full);
      MailId made =
          submission.submit(
              mail.id(),
              purpose,
              Optional.empty(),
              List.of(new Recipient(sender, Optional.empty(), Set.of(Notify.NEVER))),
              new ByteArrayInputStream(bytes));
      return !made.equals(mail.id());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Says what a report is about, from what is in the queue, so that it is the same after a crash.
  /// Two aliases may lead to one target, each with a sender of its own: that is two reports.
  private static String purpose(Mail mail, String event, List<RecipientReport> about) {
    var purpose = new StringBuilder(event);
    mail.sender().ifPresent(sender -> purpose.append(" of ").append(sender));
    for (RecipientReport report : about) {
      purpose.append(' ').append(report.recipient());
      report.original().ifPresent(original -> purpose.append(" for ").append(original));
    }
    return purpose.toString();
  }

  private static String status(String status, String otherwise) {
    return status.matches(STATUS) ? status : otherwise;
  }
}
