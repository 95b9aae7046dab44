package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Takes new mail from a mailet: a reply, a copy, a report. It starts in the root processor like
/// any other, on the conditions of the mail on whose behalf it is (RFC 8689, RFC 6710). Safe for
/// use by many threads.
///
/// ```java
/// services.submission().submit(
///     mail.id(),
///     "acme receipt", // once for each mail, however often the step is repeated
///     Optional.empty(), // <>: nobody answers or bounces to it
///     List.of(Recipient.of(sender)),
///     """
///     From: desk@example.org
///     To: <%s>
///     Subject: We have it
///     Auto-Submitted: auto-replied
///
///     Thank you.
///     """.formatted(sender));
/// ```
///
/// A mail that is made for a mail that was made for a mail, and so on, is refused in the end: see
/// [#GENERATIONS_MAX].
public interface Submission {
  /// So many mails may be made one for the other. The one beyond throws `IllegalStateException`,
  /// and the mail for which it would be made goes to the dead letters at once: a step that makes a
  /// new mail for each mail, also for its own, stops there. One that makes several for each stops
  /// earlier, as docs/plugins.md says.
  int GENERATIONS_MAX = 20;

  /// Durable when it returns. `onBehalfOf` and `purpose` make it happen once: the same pair again
  /// does nothing and returns the id of the first time, so a step that is repeated after a crash
  /// sends no second mail. A message without Date or Message-ID is given them. `message` has CRLF
  /// line breaks and is read to its end; the caller closes it. Throws `IllegalArgumentException`
  /// when `onBehalfOf` is no mail that the server has in its hands.
  MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message);

  /// The same for a message that is written down: line ends of either kind, in UTF-8.
  default MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      String message) {
    byte[] bytes =
        message.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
    return submit(onBehalfOf, purpose, sender, recipients, new ByteArrayInputStream(bytes));
  }
}
