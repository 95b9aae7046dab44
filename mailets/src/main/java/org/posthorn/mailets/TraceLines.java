package org.posthorn.mailets;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.Chain;

/// Header lines that say which way a mail went, so that one that comes round is noticed: whoever
/// sends a mail on for an address leaves `Delivered-To` with that address on it.
final class TraceLines {
  private static final String DELIVERED_TO = "Delivered-To";

  private static final Recipient.Failure CIRCLE =
      new Recipient.Failure(
          "5.4.6", Optional.empty(), "The message has been here before: it goes in a circle");

  private TraceLines() {}

  /// For the top of a message in a mailbox (RFC 5321 §4.4). Addresses stand there as they are: they
  /// have no line breaks, and a line of one address is short enough.
  static String atDelivery(Mail mail, MailAddress recipient) {
    String sender = mail.sender().map(MailAddress::toString).orElse("");
    return "Return-Path: <" + sender + ">\r\n" + DELIVERED_TO + ": " + recipient + "\r\n";
  }

  /// The mail as it is sent on for these addresses.
  static Mail sentOnFor(Mail mail, List<MailAddress> addresses) {
    Mail marked = mail;
    for (MailAddress address : addresses) {
      marked = marked.withMessage(marked.message().withHeader(DELIVERED_TO, address.toString()));
    }
    return marked;
  }

  /// The addresses that this mail was sent on for already, in any case.
  static Set<String> sentOnFor(Mail mail) {
    Set<String> addresses = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (HeaderField field : mail.message().headers()) {
      if (field.is(DELIVERED_TO)) {
        addresses.add(field.value().strip());
      }
    }
    return addresses;
  }

  /// What becomes of `recipients` to whom the mail comes again: back to its sender, or where the
  /// operator finds it. Anybody can write the line, and a stranger's sender may be somebody else.
  static Outcome.Split.Part circle(Mail mail, List<Recipient> recipients) {
    boolean stranger = mail.origin().remote().isPresent() && mail.origin().login().isEmpty();
    return new Outcome.Split.Part(
        recipients,
        new Outcome.Route(
            mail.withRecipients(
                recipients.stream().map(recipient -> recipient.withFailure(CIRCLE)).toList()),
            stranger ? Chain.DEAD_LETTERS : Chain.BOUNCES));
  }
}
