package org.posthorn.message.report;

import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;

/// The fields of message/delivery-status (RFC 3464 §2), always in ASCII: addresses that are not are
/// written as `utf-8` addresses with escapes (RFC 6533 §3), so that the report can go anywhere.
final class StatusFields {
  private static final int DIAGNOSTIC_MAX = 800;

  private StatusFields() {}

  static String of(DeliveryReport report) {
    StringBuilder out = new StringBuilder();
    report.envelopeId().ifPresent(id -> field(out, "Original-Envelope-Id", id));
    field(out, "Reporting-MTA", "dns; " + report.host());
    field(out, "Arrival-Date", MailDate.format(report.arrival()));
    report
        .heldUntil()
        .map(time -> "until;" + time.truncatedTo(ChronoUnit.SECONDS))
        .ifPresent(until -> field(out, "Future-Release-Request", until));
    for (RecipientReport recipient : report.recipients()) {
      out.append("\r\n");
      append(out, recipient);
    }
    return out.toString();
  }

  private static void append(StringBuilder out, RecipientReport recipient) {
    recipient.original().ifPresent(address -> field(out, "Original-Recipient", original(address)));
    field(out, "Final-Recipient", typed(recipient.recipient()));
    field(out, "Action", recipient.action().name().toLowerCase(Locale.ROOT));
    field(out, "Status", recipient.status());
    recipient.remote().ifPresent(host -> field(out, "Remote-MTA", "dns; " + named(host)));
    if (RecipientReport.isReply(recipient.answer())) {
      field(out, "Diagnostic-Code", "smtp; " + shortened(recipient.answer()));
    } else if (!recipient.answer().isBlank()) {
      field(out, "Diagnostic-Code", "x-posthorn; " + shortened(recipient.answer()));
    }
    if (recipient.tried()) {
      field(out, "Last-Attempt-Date", MailDate.format(recipient.lastAttempt()));
    }
    recipient
        .retryUntil()
        .ifPresent(instant -> field(out, "Will-Retry-Until", MailDate.format(instant)));
  }

  /// An address is written as a literal (RFC 3461 §9.3, RFC 5321 §4.1.3).
  private static String named(String host) {
    if (host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")) {
      return "[" + host + "]";
    }
    return host.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*") ? "[IPv6:" + host + "]" : host;
  }

  private static String shortened(String answer) {
    return answer.length() <= DIAGNOSTIC_MAX ? answer : answer.substring(0, DIAGNOSTIC_MAX) + "...";
  }

  /// ORCPT has its type before the first semicolon.
  private static String original(String typed) {
    int semicolon = typed.indexOf(';');
    return semicolon < 0
        ? "rfc822; " + typed
        : typed.substring(0, semicolon) + "; " + typed.substring(semicolon + 1).strip();
  }

  private static String typed(MailAddress address) {
    return (address.isAscii() ? "rfc822; " : "utf-8; ") + address;
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append(HeaderText.line(name, ascii(HeaderText.withoutControls(value))));
  }

  /// The escapes of RFC 6533 §3's utf-8-addr-xtext, which nobody mistakes elsewhere either.
  private static String ascii(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c < 128) {
            out.appendCodePoint(c);
          } else {
            out.append(String.format(Locale.ROOT, "\\x{%X}", c));
          }
        });
    return out.toString();
  }
}
