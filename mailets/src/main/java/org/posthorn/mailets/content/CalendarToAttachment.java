package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;

/// Makes of a message that is nothing but a calendar entry (`text/calendar`) one that has it as an
/// attachment, so that programs which look for invitations among the attachments find it. The entry
/// keeps its bytes; a signature over them (DKIM) does not hold any more.
///
/// ```yaml
/// - match: HasMimeType(text/calendar)
///   mailet: CalendarToAttachment
/// ```
final class CalendarToAttachment implements Mailet {
  private CalendarToAttachment() {}

  @Override
  public Outcome service(Mail mail) {
    Part root = mail.message().structure().root();
    boolean isCalendar = root.type().equals("text") && root.subtype().equals("calendar");
    if (!isCalendar || root.bodyStart() > Headers.BYTES_MAX) {
      return new Outcome.Continue(mail);
    }
    try {
      return new Outcome.Continue(mail.withMessage(attached(mail, root)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Message attached(Mail mail, Part root) throws IOException {
    Message message = mail.message();
    // The same whenever the step is repeated; no line of a calendar begins with dashes.
    String boundary = "calendar-" + mail.id().value().replaceAll("[^A-Za-z0-9]", "-");
    String head =
        ToPlainText.fields(message, root, false)
            + (Fields.has(message, "MIME-Version") ? "" : "MIME-Version: 1.0\r\n")
            + "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n"
                .formatted(boundary, boundary)
            + ToPlainText.fields(message, root, true)
            + "Content-Disposition: attachment; filename=invite.ics\r\n\r\n";
    try (InputStream all = message.open()) {
      all.skipNBytes(root.bodyStart());
      return message.withBytes(
          new SequenceInputStream(
              Collections.enumeration(
                  List.of(
                      bytes(head),
                      Rewritten.first(all, root.bodyBytes()),
                      bytes("\r\n--" + boundary + "--\r\n")))));
    }
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static MailetFactory<NoParameters> factory() {
    return new Made<>(
        "CalendarToAttachment",
        "Makes an attachment of a message that is a calendar entry.",
        NoParameters.class,
        (_, _) -> new CalendarToAttachment());
  }
}
