package org.posthorn.smtp.inbound;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpCommand;

/// Who sends a message and who gets it, as far as the client has said. Confined to the connection's
/// thread.
final class Envelope {
  private final SmtpCommand.Mail mail;
  private final Map<MailAddress, Recipient> recipients = new LinkedHashMap<>();
  private int accepted;

  Envelope(SmtpCommand.Mail mail) {
    this.mail = mail;
  }

  SmtpCommand.Mail mail() {
    return mail;
  }

  /// Whether the message may have any bytes (RFC 3030 §3).
  boolean isBinary() {
    return mail.body() == SmtpCommand.Body.BINARY;
  }

  /// Each once, however often it was named; of an address of ours in any case.
  void add(Recipient recipient, boolean local) {
    recipients.putIfAbsent(local ? folded(recipient.address()) : recipient.address(), recipient);
    accepted++;
  }

  List<Recipient> recipients() {
    return List.copyOf(recipients.values());
  }

  /// How many RCPT commands were answered with 250, which is how many answers LMTP wants at the end
  /// (RFC 2033 §4.2).
  int accepted() {
    return accepted;
  }

  private static MailAddress folded(MailAddress address) {
    return new MailAddress(address.localPart().toLowerCase(Locale.ROOT), address.domain());
  }
}
