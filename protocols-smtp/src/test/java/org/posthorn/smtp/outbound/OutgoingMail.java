package org.posthorn.smtp.outbound;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.queue.Wishes;

/// A mail of ann's, or a report to her, that leaves for the domain of its first recipient.
record OutgoingMail(
    List<Recipient> recipients,
    String message,
    Optional<Smarthost> smarthost,
    NewMail.Options options,
    boolean isReport) {
  static final String MESSAGE = "Subject: x\r\n\r\nHello\r\n";

  static OutgoingMail to(String... recipients) {
    return to(
        Arrays.stream(recipients)
            .map(one -> Recipient.of(MailAddress.of(one)))
            .toArray(Recipient[]::new));
  }

  static OutgoingMail to(Recipient... recipients) {
    return new OutgoingMail(
        List.of(recipients), MESSAGE, Optional.empty(), NewMail.Options.NONE, false);
  }

  OutgoingMail saying(String text) {
    return new OutgoingMail(recipients, text, smarthost, options, isReport);
  }

  OutgoingMail through(Smarthost host) {
    return new OutgoingMail(recipients, message, Optional.of(host), options, isReport);
  }

  OutgoingMail with(NewMail.Options other) {
    return new OutgoingMail(recipients, message, smarthost, other, isReport);
  }

  /// Has no sender.
  OutgoingMail asReport() {
    return new OutgoingMail(recipients, message, smarthost, options, true);
  }

  OutgoingMail wishing(Wishes.Tls tls) {
    return wishing(new Wishes(tls, 0, Optional.empty(), Optional.empty()));
  }

  OutgoingMail wishing(Wishes wishes) {
    return with(new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes));
  }

  Carrier.Load load() {
    return load(new TextMessage(message));
  }

  /// With another text.
  Carrier.Load load(Message text) {
    return new Carrier.Load(
        new MailId("m1"),
        isReport ? Optional.empty() : Optional.of(MailAddress.of("ann@example.org")),
        recipients,
        recipients.getFirst().address().domain(),
        smarthost,
        text,
        options);
  }
}
