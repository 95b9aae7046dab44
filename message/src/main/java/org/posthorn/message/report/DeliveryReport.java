package org.posthorn.message.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.mime.TransferEncoding;

/// A delivery status notification (RFC 3464): what became of a mail, for the person in plain words
/// and for programs in the fields of the standard, with the mail's header or the whole mail.
///
/// `host` is the server that reports, `messageId` the left side of the report's own Message-ID,
/// `sender` who gets it, `arrival` when we took the mail, `heldUntil` when the sender wanted it to
/// set out (RFC 4865), `envelopeId` the decoded ENVID, `now` the date on the report. All recipients
/// of one report have the same kind of action: send several reports for several kinds. Its envelope
/// sender must be `<>`.
public record DeliveryReport(
    String host,
    String messageId,
    MailAddress sender,
    Instant arrival,
    Optional<Instant> heldUntil,
    Optional<String> envelopeId,
    List<RecipientReport> recipients,
    Instant now) {
  /// A mail that is larger is returned without its body, whatever the sender asked for: the report
  /// must not be what fills the mailbox.
  public static final int RETURNED_MAX_BYTES = 256 * 1024;

  public DeliveryReport {
    recipients = List.copyOf(recipients);
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("A report about no recipient");
    }
  }

  /// The report as a message, with CRLF line breaks. `whole` is RET=FULL (RFC 3461 §4.3); reads of
  /// `original` what it needs and does not close it. Only ASCII, but for a `sender` or a body of a
  /// returned mail that are not.
  public byte[] compose(InputStream original, boolean whole) throws IOException {
    byte[] start = original.readNBytes(RETURNED_MAX_BYTES + 1);
    List<Headers.Placed> fields = Headers.read(start);
    byte[] header = Arrays.copyOf(start, headerLength(start, fields));
    boolean returnsAll = whole && start.length <= RETURNED_MAX_BYTES && isUtf8(header);
    boolean isEightBit = returnsAll && isAscii(header) && !isAscii(start);
    ReportText text = new ReportText(this, fields);

    ByteArrayOutputStream out = new ByteArrayOutputStream(8192);
    String boundary = boundary(start);
    write(out, topHeader(fields, boundary, isEightBit));
    write(out, "This is a report in the format of RFC 3464 about a mail that you sent.\r\n");
    write(out, "\r\n--" + boundary + "\r\n");
    write(out, "Content-Type: text/plain; charset=utf-8\r\n");
    write(out, "Content-Description: What happened\r\n");
    writeText(out, text.human());
    write(out, "\r\n--" + boundary + "\r\n");
    write(out, "Content-Type: message/delivery-status\r\n");
    write(out, "Content-Description: For programs\r\n\r\n");
    write(out, StatusFields.of(this));
    write(out, "\r\n--" + boundary + "\r\n");
    if (returnsAll && !isAscii(header)) { // RFC 6533 §4.3; encoded, it goes where UTF-8 does not.
      write(out, "Content-Type: message/global\r\n");
      write(out, "Content-Description: The message\r\n");
      write(out, "Content-Transfer-Encoding: base64\r\n\r\n");
      out.writeBytes(Base64.getMimeEncoder().encode(start));
    } else if (returnsAll) {
      write(out, "Content-Type: message/rfc822\r\n");
      write(out, "Content-Description: The message\r\n");
      write(out, isEightBit ? "Content-Transfer-Encoding: 8bit\r\n\r\n" : "\r\n");
      out.writeBytes(start);
    } else {
      write(out, "Content-Type: text/rfc822-headers; charset=utf-8\r\n");
      write(out, "Content-Description: The header of the message\r\n");
      writeText(out, new String(header, StandardCharsets.UTF_8));
    }
    write(out, "\r\n--" + boundary + "--\r\n");
    return out.toByteArray();
  }

  private String topHeader(List<Headers.Placed> fields, String boundary, boolean isEightBit) {
    StringBuilder header = new StringBuilder();
    header.append(HeaderText.line("Date", MailDate.format(now)));
    header.append(HeaderText.line("From", "Mail Delivery System <postmaster@" + host + ">"));
    header.append(HeaderText.line("To", "<" + sender + ">"));
    header.append(HeaderText.line("Subject", subject(fields)));
    header.append(HeaderText.line("Message-ID", "<" + messageId + "@" + host + ">"));
    find(fields, "Message-ID")
        .filter(id -> id.startsWith("<") && id.endsWith(">") && id.length() < 500)
        .ifPresent(id -> {
          header.append(HeaderText.line("In-Reply-To", id));
          header.append(HeaderText.line("References", id));
        });
    header.append("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
    if (isEightBit) { // What is inside must not have more bits than the whole (RFC 2045 §6.4).
      header.append("Content-Transfer-Encoding: 8bit\r\n");
    }
    header.append("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"");
    return header.append(boundary).append("\"\r\n\r\n").toString();
  }

  private String subject(List<Headers.Placed> fields) {
    String what =
        switch (recipients.getFirst().action()) {
          case FAILED -> "Not delivered";
          case DELAYED -> "Delayed";
          case DELIVERED -> "Delivered";
          case RELAYED -> "Handed on";
        };
    String about = ReportText.subject(fields);
    return about.isEmpty() ? what : what + ": " + about;
  }

  static Optional<String> find(List<Headers.Placed> fields, String name) {
    return fields.stream()
        .map(Headers.Placed::field)
        .filter(field -> field.is(name))
        .map(HeaderField::value)
        .findFirst();
  }

  private static int headerLength(byte[] start, List<Headers.Placed> fields) {
    long end = fields.isEmpty() ? 0 : fields.getLast().end();
    return (int) Math.min(end, start.length);
  }

  /// One that is not in the returned mail.
  private String boundary(byte[] original) {
    String text = new String(original, StandardCharsets.ISO_8859_1);
    String boundary = "report-" + Integer.toHexString(messageId.hashCode());
    while (text.contains(boundary)) {
      boundary += "-";
    }
    return boundary + "=_";
  }

  private static boolean isUtf8(byte[] bytes) {
    return Arrays.equals(
        bytes, new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b <= 0) {
        return false;
      }
    }
    return true;
  }

  private static void write(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeText(ByteArrayOutputStream out, String text) throws IOException {
    if (text.chars().allMatch(c -> c < 127 && c != '\0') && hasShortLines(text)) {
      write(out, "\r\n" + text);
    } else {
      write(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
      try (OutputStream encoded = TransferEncoding.quotedPrintable(out)) {
        encoded.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static boolean hasShortLines(String text) {
    return text.lines().allMatch(line -> line.length() <= 900);
  }
}
