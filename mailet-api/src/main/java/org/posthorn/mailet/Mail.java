package org.posthorn.mailet;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// A message in transit with its envelope. Immutable: a changed mail is a new value, made by the
/// `with…` methods. `sender` is absent for the null reverse-path `<>` of bounces. `attributes` are
/// notes that mailets leave for later steps and that survive a restart; names as `vendor.thing`, at
/// most 64, 1 KiB each.
public record Mail(
    MailId id,
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    Message message,
    Origin origin,
    Map<String, String> attributes) {
  public Mail {
    recipients = List.copyOf(recipients);
    attributes = Map.copyOf(attributes);
  }

  public Mail withSender(Optional<MailAddress> other) {
    return new Mail(id, other, recipients, message, origin, attributes);
  }

  public Mail withRecipients(List<Recipient> others) {
    return new Mail(id, sender, others, message, origin, attributes);
  }

  public Mail withMessage(Message other) {
    return new Mail(id, sender, recipients, other, origin, attributes);
  }

  public Mail withAttribute(String name, String value) {
    Map<String, String> more = new java.util.HashMap<>(attributes);
    more.put(name, value);
    return new Mail(id, sender, recipients, message, origin, more);
  }

  public List<MailAddress> addresses() {
    return recipients.stream().map(Recipient::address).toList();
  }
}
