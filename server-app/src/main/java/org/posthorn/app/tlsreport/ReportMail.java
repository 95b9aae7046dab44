package org.posthorn.app.tlsreport;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;

/// A report as a mail (RFC 8460 §5.3). `TLS-Required: No` (RFC 8689), so that it arrives although
/// it is about TLS that does not work; automatic, so that nobody answers.
final class ReportMail {
  private static final Base64.Encoder BASE64 =
      Base64.getMimeEncoder(76, "\r\n".getBytes(StandardCharsets.US_ASCII));

  private ReportMail() {}

  static byte[] compose(TlsReport report, MailAddress to, String hostname, Instant now) {
    String text =
        """
        From: <%1$s>
        To: <%2$s>
        Subject: Report Domain: %3$s Submitter: %4$s Report-ID: <%5$s>
        Date: %6$s
        Message-ID: <tls-%7$s.%8$d@%9$s>
        Auto-Submitted: auto-generated
        TLS-Required: No
        TLS-Report-Domain: %3$s
        TLS-Report-Submitter: %4$s
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type="tlsrpt";
         boundary="=_tlsrpt"

        --=_tlsrpt
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64

        %10$s
        --=_tlsrpt
        Content-Type: application/tlsrpt+gzip
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment;
         filename="%11$s"

        %12$s
        --=_tlsrpt--
        """
            .formatted(
                report.contact(),
                to,
                report.domain(),
                report.contact().domain(),
                report.id(),
                MailDate.format(now),
                report.day(),
                Integer.toUnsignedLong((report.domain() + to).hashCode()),
                hostname,
                BASE64.encodeToString(words(report).getBytes(StandardCharsets.UTF_8)),
                report.fileName(),
                BASE64.encodeToString(report.gzipped()));
    return text.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String words(TlsReport report) {
    return """
    This is a report by %s about how well mail to %s
    was encrypted on %s (RFC 8460). It is for programs. You get it because
    the DNS has a record at _smtp._tls.%s that asks for it.
    """
        .formatted(report.organization(), report.domain(), report.day(), report.domain())
        .replace("\n", "\r\n");
  }
}
