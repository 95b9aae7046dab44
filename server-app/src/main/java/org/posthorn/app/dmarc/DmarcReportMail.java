package org.posthorn.app.dmarc;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;

/// A report as a mail (RFC 9990 §3.5): a few words, and the report packed; automatic, so that
/// nobody answers.
final class DmarcReportMail {
  private static final Base64.Encoder BASE64 =
      Base64.getMimeEncoder(76, "\r\n".getBytes(StandardCharsets.US_ASCII));

  private DmarcReportMail() {}

  /// `packed`: the report.
  static byte[] compose(DmarcReport report, byte[] packed, MailAddress to, Instant now) {
    String text =
        """
        From: <%1$s>
        To: <%2$s>
        Subject: Report Domain: %3$s Submitter: %4$s Report-ID: <%5$s>
        Date: %6$s
        Message-ID: <dmarc-%5$s.%7$d@%4$s>
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=_dmarc"

        --=_dmarc
        Content-Type: text/plain; charset=utf-8

        This is a report about mail in the name of
        %3$s
        on %8$s (UTC), made by
        %4$s.
        It is for programs (RFC 9990). You get it because the DNS asks for it
        at _dmarc.%3$s

        --=_dmarc
        Content-Type: application/gzip
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment;
         filename="%9$s"

        %10$s
        --=_dmarc--
        """
            .formatted(
                report.contact(),
                to,
                report.domain(),
                report.hostname(),
                report.id(),
                MailDate.format(now),
                Integer.toUnsignedLong(to.toString().hashCode()),
                report.day(),
                report.fileName(),
                BASE64.encodeToString(packed));
    return text.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }
}
