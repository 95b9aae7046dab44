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
/// `attributes` are those with which gates have tagged it so far; `parameters` the ESMTP parameters
/// of MAIL as the client wrote them, in its order: `SIZE=1234`, `BODY=8BITMIME`, `SMTPUTF8`. Those
/// of RCPT are in its recipients.
public record IncomingMail(
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    OptionalLong declaredBytes,
    Map<String, String> attributes,
    List<String> parameters) {
  public IncomingMail {
    requireNonNull(sender, "sender");
    recipients = List.copyOf(recipients);
    attributes = Map.copyOf(attributes);
    parameters = List.copyOf(parameters);
  }

  /// Of a client that says no more than the sender and perhaps the size.
  public IncomingMail(
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      OptionalLong declaredBytes,
      Map<String, String> attributes) {
    this(sender, recipients, declaredBytes, attributes, List.of());
  }

  public IncomingMail withSender(Optional<MailAddress> other) {
    return new IncomingMail(other, recipients, declaredBytes, attributes, parameters);
  }

  public IncomingMail withRecipients(List<Recipient> others) {
    return new IncomingMail(sender, others, declaredBytes, attributes, parameters);
  }

  /// With a note that other gates and the chain will see, in place of one of that name.
  public IncomingMail withAttribute(String name, String value) {
    var more = new HashMap<>(attributes);
    more.put(name, value);
    return new IncomingMail(sender, recipients, declaredBytes, more, parameters);
  }

  public IncomingMail withoutAttribute(String name) {
    var fewer = new HashMap<>(attributes);
    fewer.remove(name);
    return new IncomingMail(sender, recipients, declaredBytes, fewer, parameters);
  }

  /// A note that a gate has left.
  public Optional<String> attribute(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  /// With the parameters of MAIL that a client might write; for the tests of gates.
  public IncomingMail withParameters(List<String> others) {
    return new IncomingMail(sender, recipients, declaredBytes, attributes, others);
  }

  /// Of the recipients, in their order.
  public List<MailAddress> addresses() {
    return recipients.stream().map(Recipient::address).toList();
  }
}
