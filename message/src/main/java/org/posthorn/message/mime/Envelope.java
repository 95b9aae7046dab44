package org.posthorn.message.mime;

import java.util.List;
import java.util.Optional;

/// What IMAP calls the envelope (RFC 9051 §7.5.2): header fields as they stand in the message,
/// unfolded, encoded words left encoded. A field that is absent is absent, not empty; `sender` and
/// `replyTo` too are what stands there, without IMAP's rule that they default to `from`.
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
  /// end has nothing. What is no whole address (`From: root`) has an empty `host`.
  public record Address(
      Optional<String> name,
      Optional<String> route,
      Optional<String> mailbox,
      Optional<String> host) {
    private boolean isAscii() {
      return Envelope.isAscii(name)
          && Envelope.isAscii(route)
          && Envelope.isAscii(mailbox)
          && Envelope.isAscii(host);
    }
  }

  /// Whether nothing in it is outside ASCII. Asked for each message that is fetched, so nothing is
  /// made for the answer.
  public boolean isAscii() {
    return isAscii(date)
        && isAscii(subject)
        && isAscii(from)
        && isAscii(sender)
        && isAscii(replyTo)
        && isAscii(to)
        && isAscii(cc)
        && isAscii(bcc)
        && isAscii(inReplyTo)
        && isAscii(messageId);
  }

  private static boolean isAscii(List<Address> addresses) {
    for (Address address : addresses) {
      if (!address.isAscii()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAscii(Optional<String> text) {
    if (text.isPresent()) {
      String characters = text.get();
      for (int i = 0; i < characters.length(); i++) {
        if (characters.charAt(i) >= 0x80) {
          return false;
        }
      }
    }
    return true;
  }

  /// This envelope's fields, and those of `below` where it has none.
  Envelope over(Envelope below) {
    return new Envelope(
        date.or(below::date),
        subject.or(below::subject),
        from.isEmpty() ? below.from : from,
        sender.isEmpty() ? below.sender : sender,
        replyTo.isEmpty() ? below.replyTo : replyTo,
        to.isEmpty() ? below.to : to,
        cc.isEmpty() ? below.cc : cc,
        bcc.isEmpty() ? below.bcc : bcc,
        inReplyTo.or(below::inReplyTo),
        messageId.or(below::messageId));
  }
}
