package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.message.MailAddress;

/// A mail that a client wants to hand over. Immutable: a gate that changes it makes a new one with
/// the `with…` methods. `sender` is absent for `<>`; `declaredBytes` as the client says with SIZE;
/// `attributes` are those with which gates have tagged it so far.
public record IncomingMail(
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    OptionalLong declaredBytes,
    Map<String, String> attributes) {
  public IncomingMail {
    requireNonNull(sender, "sender");
    recipients = List.copyOf(recipients);
    attributes = Map.copyOf(attributes);
  }

  public IncomingMail withSender(Optional<MailAddress> other) {
    return new IncomingMail(other, recipients, declaredBytes, attributes);
  }

  public IncomingMail withRecipients(List<Recipient> others) {
    return new IncomingMail(sender, others, declaredBytes, attributes);
  }

  /// With a note that other gates and the chain will see, in place of one of that name.
  public IncomingMail withAttribute(String name, String value) {
    var more = new HashMap<>(attributes);
    more.put(name, value);
    return new IncomingMail(sender, recipients, declaredBytes, more);
  }

  public IncomingMail withoutAttribute(String name) {
    var fewer = new HashMap<>(attributes);
    fewer.remove(name);
    return new IncomingMail(sender, recipients, declaredBytes, fewer);
  }

  /// A note that a gate has left.
  public Optional<String> attribute(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  /// Of the recipients, in their order.
  public List<MailAddress> addresses() {
    return recipients.stream().map(Recipient::address).toList();
  }
}
