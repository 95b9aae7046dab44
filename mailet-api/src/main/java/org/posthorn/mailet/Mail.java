package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// A message in transit with its envelope. Immutable: a changed mail is a new value, made by the
/// `with…` methods. `sender` is absent for the null reverse-path `<>` of bounces. `attributes` are
/// notes that mailets leave for later steps and that survive a restart; names as `vendor.thing`, at
/// most 64, together at most 16 KiB of UTF-8.
///
/// ```java
/// Mail changed = mail.withMessage(mail.message().withHeader("X-Score", "7"))
///     .withAttribute("acme.score", "7");
/// ```
///
/// Only the server makes one from nothing; a mailet returns what came of the one that it was given.
public record Mail(
    MailId id,
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    Message message,
    Origin origin,
    Map<String, String> attributes) {
  private static final int ATTRIBUTES_MAX = 64;
  private static final int ATTRIBUTES_MAX_BYTES = 16 << 10;

  public Mail {
    requireNonNull(sender, "sender");
    requireNonNull(message, "message");
    recipients = List.copyOf(recipients);
    attributes = Map.copyOf(attributes);
    if (!attributes.isEmpty()
        && (attributes.size() > ATTRIBUTES_MAX || bytesOf(attributes) > ATTRIBUTES_MAX_BYTES)) {
      throw new IllegalArgumentException(
          "A mail has at most %d attributes of %d bytes together, not %d of %d"
              .formatted(
                  ATTRIBUTES_MAX, ATTRIBUTES_MAX_BYTES, attributes.size(), bytesOf(attributes)));
    }
  }

  /// Empty: the null reverse-path.
  public Mail withSender(Optional<MailAddress> other) {
    return new Mail(id, other, recipients, message, origin, attributes);
  }

  /// Those who are left out are finished, others join.
  public Mail withRecipients(List<Recipient> others) {
    return new Mail(id, sender, others, message, origin, attributes);
  }

  /// With all recipients as ones that cannot be reached, for the processor that reports.
  public Mail withFailure(Recipient.Failure why) {
    return withRecipients(recipients.stream().map(each -> each.withFailure(why)).toList());
  }

  public Mail withMessage(Message other) {
    return new Mail(id, sender, recipients, other, origin, attributes);
  }

  /// A note of an earlier step or of a gate.
  public Optional<String> attribute(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  /// In place of one of that name, if there is one. Throws `IllegalArgumentException` when there
  /// would be too many.
  public Mail withAttribute(String name, String value) {
    var more = new HashMap<>(attributes);
    more.put(name, value);
    return new Mail(id, sender, recipients, message, origin, more);
  }

  public Mail withoutAttribute(String name) {
    var fewer = new HashMap<>(attributes);
    fewer.remove(name);
    return new Mail(id, sender, recipients, message, origin, fewer);
  }

  /// Of the recipients, in their order.
  public List<MailAddress> addresses() {
    return recipients.stream().map(Recipient::address).toList();
  }

  private static int bytesOf(Map<String, String> attributes) {
    int bytes = 0;
    for (Map.Entry<String, String> each : attributes.entrySet()) {
      bytes += each.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += each.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }
}
