package org.posthorn.message.mime;

import java.util.List;
import java.util.Optional;

/// What IMAP calls the envelope (RFC 9051 §7.5.2): header fields as they stand in the message,
/// unfolded, encoded words left encoded. A field that is absent is absent, not empty.
public record Envelope(
    Optional<String> date,
    Optional<String> subject,
    List<Address> from,
    List<Address> sender,
    List<Address> replyTo,
    List<Address> to,
    List<Address> cc,
    List<Address> bcc,
    Optional<String> inReplyTo,
    Optional<String> messageId) {
  public Envelope {
    from = List.copyOf(from);
    sender = List.copyOf(sender);
    replyTo = List.copyOf(replyTo);
    to = List.copyOf(to);
    cc = List.copyOf(cc);
    bcc = List.copyOf(bcc);
  }

  /// One address, or the start or end of a group: a start has only `mailbox` (the group's name), an
  /// end has nothing.
  public record Address(
      Optional<String> name,
      Optional<String> route,
      Optional<String> mailbox,
      Optional<String> host) {}
}
