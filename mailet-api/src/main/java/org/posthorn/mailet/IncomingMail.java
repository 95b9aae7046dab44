package org.posthorn.mailet;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.message.MailAddress;

/// A mail that a client wants to hand over. `sender` is absent for `<>`; `declaredBytes` as the
/// client says with SIZE; `attributes` are those with which gates have tagged it so far.
public record IncomingMail(
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    OptionalLong declaredBytes,
    Map<String, String> attributes) {
  public IncomingMail {
    recipients = List.copyOf(recipients);
    attributes = Map.copyOf(attributes);
  }
}
