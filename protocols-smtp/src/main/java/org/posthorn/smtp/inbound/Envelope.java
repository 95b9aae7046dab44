package org.posthorn.smtp.inbound;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpCommand;

/// Who sends a message and who gets it, as far as the client has said. Confined to the connection's
/// thread.
final class Envelope {
  /// Of a recipient, beside its texts: objects, and references to them.
  private static final int RECIPIENT_BYTES = 400;

  private final SmtpCommand.Mail mail;
  private final Map<MailAddress, Recipient> recipients = new LinkedHashMap<>();

  /// What the client called those who have another address.
  private final Map<MailAddress, String> otherwise = new HashMap<>();

  private int accepted;
  private long memoryBytes;

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

  /// Each once, however often it was named; of an address of ours in any case. `written` is what
  /// the client called it.
  void add(Recipient recipient, String written, boolean local) {
    MailAddress key = key(recipient.address(), local);
    if (recipients.putIfAbsent(key, recipient) == null) {
      memoryBytes += bytes(recipient);
      if (!written.equals(recipient.address().toString())) {
        otherwise.put(key, written);
        memoryBytes += RECIPIENT_BYTES + 2L * written.length();
      }
    }
    accepted++;
  }

  /// Each once, also where a gate has added somebody who has it already.
  static List<Recipient> once(List<Recipient> recipients, Predicate<Domain> local) {
    Map<MailAddress, Recipient> each = new LinkedHashMap<>();
    for (Recipient recipient : recipients) {
      MailAddress address = recipient.address();
      each.putIfAbsent(key(address, local.test(address.domain())), recipient);
    }
    return List.copyOf(each.values());
  }

  /// How much memory it takes with this one more: a guess, and no low one.
  long memoryBytesWith(Recipient more) {
    return memoryBytes + bytes(more);
  }

  private static long bytes(Recipient recipient) {
    MailAddress address = recipient.address();
    long chars =
        2L * address.localPart().length()
            + address.domain().ascii().length()
            + recipient.originalRecipient().map(String::length).orElse(0);
    return RECIPIENT_BYTES + 2 * chars;
  }

  List<Recipient> recipients() {
    return List.copyOf(recipients.values());
  }

  /// The recipients as the client called them.
  List<String> written() {
    return recipients.entrySet().stream()
        .map(each -> otherwise.getOrDefault(each.getKey(), each.getValue().address().toString()))
        .toList();
  }

  /// How many RCPT commands were answered with 250, which is how many answers LMTP wants at the end
  /// (RFC 2033 §4.2).
  int accepted() {
    return accepted;
  }

  /// The same for one and the same recipient: of ours in any case.
  private static MailAddress key(MailAddress address, boolean local) {
    return local
        ? new MailAddress(address.localPart().toLowerCase(Locale.ROOT), address.domain())
        : address;
  }
}
