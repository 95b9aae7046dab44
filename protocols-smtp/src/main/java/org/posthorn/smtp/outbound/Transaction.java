package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.OriginalRecipient;
import org.posthorn.message.Xtext;
import org.posthorn.spool.Carrier.Load;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.queue.Wishes;

/// One mail as it is offered to a server: the parameters of MAIL and RCPT that the server knows
/// (RFC 1870, 3461, 6152, 6531).
record Transaction(
    Optional<MailAddress> sender, Message message, NewMail.Options options, Contents contents) {
  private static final String PRIORITY_FIELD = "MT-Priority";

  static Transaction of(Load load, Contents contents) {
    return new Transaction(load.sender(), load.message(), load.options(), contents);
  }

  /// As it goes to a server that knows no MT-PRIORITY, for those behind it that do (RFC 6758 §3):
  /// with the priority in its header, where it stands once.
  Transaction withPriorityInHeader() {
    int priority = options.wishes().priority();
    Message told = message.withoutHeaders(field -> field.is(PRIORITY_FIELD));
    return new Transaction(
        sender,
        priority == 0 ? told : told.withHeader(PRIORITY_FIELD, Integer.toString(priority)),
        options,
        contents);
  }

  /// Whether all recipients need SMTPUTF8. A header that is not ASCII needs it only if the sender
  /// said so: much old mail has such headers, and every server passes them on.
  boolean needsSmtpUtf8() {
    return sender.filter(address -> !address.isAscii()).isPresent()
        || (options.smtpUtf8() && contents == Contents.EIGHT_BIT_HEADER);
  }

  boolean needsEightBit() {
    return contents != Contents.ASCII;
  }

  /// Whether it is better lost than seen: with REQUIRETLS, but for reports (RFC 8689 §4.2.1).
  boolean requiresTls() {
    return options.wishes().tls() == Wishes.Tls.REQUIRED && sender.isPresent();
  }

  /// How the mail is to travel; a report has no wish to be lost (RFC 8689 §4.2.1).
  Wishes.Tls tlsWish() {
    Wishes.Tls wish = options.wishes().tls();
    return wish == Wishes.Tls.REQUIRED && !requiresTls() ? Wishes.Tls.USUAL : wish;
  }

  /// Whether the mail is to go back rather than be late (RFC 2852).
  boolean mustBeInTime() {
    return options.wishes().deliverBy().filter(Wishes.DeliverBy::returned).isPresent();
  }

  /// The message as this server takes it.
  OutgoingText text(Extensions extensions) throws IOException {
    return needsEightBit() && !extensions.has("8BITMIME")
        ? SevenBit.of(message)
        : new OutgoingText.AsItIs(message);
  }

  String mail(Extensions extensions, List<Recipient> recipients, OutgoingText text) {
    StringBuilder command = new StringBuilder("MAIL FROM:<");
    sender.ifPresent(command::append);
    command.append('>');
    if (extensions.has("SIZE")) {
      command.append(" SIZE=").append(text.sizeBytes());
    }
    boolean utf8 = needsSmtpUtf8() || recipients.stream().anyMatch(one -> !one.address().isAscii());
    if (extensions.has("8BITMIME") && (needsEightBit() || options.eightBit() || utf8)) {
      command.append(" BODY=8BITMIME");
    }
    if (utf8) {
      command.append(" SMTPUTF8");
    }
    if (extensions.has("DSN")) {
      options.returnFull().ifPresent(full -> command.append(full ? " RET=FULL" : " RET=HDRS"));
      options.envelopeId().ifPresent(id -> command.append(" ENVID=").append(Xtext.encode(id)));
    }
    wishes(command, extensions);
    return command.toString();
  }

  private void wishes(StringBuilder command, Extensions extensions) {
    Wishes wishes = options.wishes();
    // A report asks for it too where it can (RFC 8689 §5).
    if (wishes.tls() == Wishes.Tls.REQUIRED && extensions.has("REQUIRETLS")) {
      command.append(" REQUIRETLS");
    }
    if (wishes.priority() != 0 && extensions.has("MT-PRIORITY")) {
      command.append(" MT-PRIORITY=").append(wishes.priority());
    }
    if (extensions.has("DELIVERBY")) {
      wishes.deliverBy().ifPresent(by -> command.append(" BY=").append(left(by)));
    }
  }

  /// The time that is left; what may not be late has at least a second.
  private static String left(Wishes.DeliverBy by) {
    long seconds = Duration.between(Instant.now(), by.at()).toSeconds();
    return (by.returned() ? Math.max(1, seconds) + ";R" : seconds + ";N")
        + (by.traced() ? "T" : "");
  }

  static String rcpt(Extensions extensions, Recipient recipient) {
    StringBuilder command = new StringBuilder("RCPT TO:<").append(recipient.address()).append('>');
    if (extensions.has("DSN")) {
      if (!recipient.notifications().isEmpty()) {
        command
            .append(" NOTIFY=")
            .append(
                recipient.notifications().stream()
                    .map(notify -> notify.name().toUpperCase(Locale.ROOT))
                    .sorted()
                    .collect(Collectors.joining(",")));
      }
      recipient
          .originalRecipient()
          .flatMap(OriginalRecipient::encode)
          .ifPresent(typed -> command.append(" ORCPT=").append(typed));
    }
    return command.toString();
  }
}
