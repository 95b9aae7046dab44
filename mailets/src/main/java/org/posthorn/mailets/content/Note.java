package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;

/// A message of the server's own about a mail: plain words and a summary of the envelope and the
/// subject, never the text of the mail. It has no envelope sender and says that it was made by a
/// program (RFC 3834), so no program answers it.
final class Note {
  private static final int RECIPIENTS_SHOWN = 20;

  private final Services services;

  Note(Services services) {
    this.services = services;
  }

  /// Hands it in, once for each mail, address and wording. `automatic` is the word of
  /// `Auto-Submitted`.
  void send(Mail about, MailAddress to, String automatic, String subject, String text) {
    String purpose = "note to " + to + " " + Integer.toHexString((subject + text).hashCode());
    String host = services.hostname();
    var message = new StringBuilder();
    message.append(HeaderText.line("From", "Mail server <postmaster@" + host + ">"));
    message.append(HeaderText.line("To", "<" + to + ">"));
    message.append(HeaderText.line("Subject", Fields.oneLine(subject)));
    message.append(HeaderText.line("Date", MailDate.format(services.clock().instant())));
    message.append(
        HeaderText.line(
            "Message-ID",
            "<%s.%s@%s>".formatted(about.id(), Integer.toHexString(purpose.hashCode()), host)));
    messageId(about)
        .ifPresent(id ->
            message
                .append(HeaderText.line("In-Reply-To", id))
                .append(HeaderText.line("References", id)));
    message.append("Auto-Submitted: ").append(automatic).append("\r\n");
    message.append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
    message.append("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    String body = text.strip() + "\n\n" + summary(about);
    services
        .submission()
        .submit(
            about.id(),
            purpose,
            Optional.empty(),
            List.of(Recipient.of(to)),
            new SequenceInputStream(
                new ByteArrayInputStream(message.toString().getBytes(StandardCharsets.UTF_8)),
                Pumped.encoded(
                    new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
                    "quoted-printable")));
  }

  /// An id that is one, and nothing else.
  private static Optional<String> messageId(Mail about) {
    return Fields.first(about.message(), "Message-ID")
        .filter(id -> id.length() <= 300 && id.matches("<[!-~&&[^<>]]+>"));
  }

  private static String summary(Mail about) {
    String recipients =
        about.recipients().stream()
            .limit(RECIPIENTS_SHOWN)
            .map(recipient -> recipient.address().toString())
            .collect(Collectors.joining(", "));
    int more = about.recipients().size() - RECIPIENTS_SHOWN;
    return """
    Subject:  %s
    From:     %s
    To:       %s%s
    Received: %s
    Size:     %d bytes
    Mail:     %s
    """
        .formatted(
            Fields.oneLine(
                EncodedWord.decode(Fields.first(about.message(), "Subject").orElse("(none)"))),
            about.sender().map(MailAddress::toString).orElse("<>"),
            recipients,
            more > 0 ? " and " + more + " more" : "",
            MailDate.format(about.origin().received()),
            about.message().sizeBytes(),
            about.id());
  }
}
