package org.posthorn.smtp.inbound;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;

/// The lines that we put on top of a message. Values that clients chose are of the parser's making:
/// nothing in them can end a line.
final class TraceLines {
  private TraceLines() {}

  /// RFC 5321 §4.4, with the cipher as RFC 8314 §4.3 has it and the priority as RFC 6710 §7. A
  /// single recipient is named, several are nobody's business (§7.2).
  static String received(
      MailId id,
      Visit visit,
      Domain hostname,
      List<Recipient> recipients,
      int priority,
      Instant received) {
    var line = new StringBuilder(256);
    line.append("Received: from ").append(visit.helo());
    line.append(" (");
    visit.name().ifPresent(name -> line.append(name).append(' '));
    line.append(literal(visit.remote())).append(")\r\n\tby ").append(hostname);
    line.append(" with ").append(visit.protocol()).append(" id ").append(id);
    if (recipients.size() == 1) {
      line.append("\r\n\tfor <").append(recipients.getFirst().address()).append('>');
    }
    if (priority != 0) {
      line.append("\r\n\tPRIORITY ").append(priority);
    }
    cipher(visit.tls()).ifPresent(cipher -> line.append("\r\n\ttls ").append(cipher));
    return line.append(";\r\n\t").append(MailDate.format(received)).append("\r\n").toString();
  }

  static String date(Instant date) {
    return "Date: " + MailDate.format(date) + "\r\n";
  }

  static String messageId(MailId id, Domain hostname) {
    return "Message-ID: <" + id + "@" + hostname + ">\r\n";
  }

  private static Optional<String> cipher(Optional<String> tls) {
    return tls.map(text -> text.substring(text.indexOf(' ') + 1));
  }

  /// RFC 5321 §4.1.3.
  private static String literal(InetAddress address) {
    String text = AddressText.of(address);
    return address instanceof Inet6Address ? "[IPv6:" + text + "]" : "[" + text + "]";
  }
}
