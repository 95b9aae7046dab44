package org.posthorn.spool;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.MailForm.Cut;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// Between the words of the plugin contract and the rows of the queue.
final class Rows {
  private Rows() {}

  static Arrival arrival(Origin origin, NewMail.Options options) {
    return new Arrival(
        origin.remote(),
        origin.helo(),
        origin.login(),
        origin.protocol(),
        origin.connection(),
        origin.received(),
        options.smtpUtf8(),
        options.eightBit(),
        options.returnFull(),
        options.envelopeId(),
        options.wishes());
  }

  static Origin origin(Arrival arrival) {
    return new Origin(
        arrival.remote(),
        arrival.helo(),
        arrival.login(),
        arrival.protocol(),
        arrival.connection(),
        arrival.received());
  }

  static NewMail.Options options(Arrival arrival) {
    return new NewMail.Options(
        arrival.smtpUtf8(),
        arrival.eightBit(),
        arrival.returnFull(),
        arrival.envelopeId(),
        arrival.wishes());
  }

  static MailForm firstForm(NewMail mail) {
    List<Cut> cuts = new ArrayList<>();
    for (NewMail.Range range : mail.dropHeaders()) {
      cuts.add(new Cut(range.start(), range.end()));
    }
    return new MailForm(
        0,
        mail.sender(),
        mail.content().id(),
        mail.prefix(),
        SpooledMessage.joined(cuts),
        Notes.accepted(mail));
  }

  static Recipient recipient(QueuedRecipient row) {
    return new Recipient(
        row.address(),
        row.originalRecipient(),
        row.notifications().stream().map(Recipient.Notify::valueOf).collect(Collectors.toSet()),
        row.answer()
            .filter(QueuedRecipient.Answer::failed)
            .map(answer ->
                new Recipient.Failure(
                    answer.status(), answer.remote(), answer.text(), answer.lastTry())));
  }

  /// A row that is not in the store yet, due at once.
  static QueuedRecipient row(
      int number, int form, Recipient recipient, RecipientState state, Instant now) {
    return new QueuedRecipient(
        number,
        form,
        recipient.address(),
        recipient.originalRecipient(),
        words(recipient.notifications()),
        state,
        0,
        now,
        answer(recipient, now),
        false);
  }

  /// The row of a recipient that went through the chain: it may have another form now, and other
  /// wishes.
  static QueuedRecipient updated(QueuedRecipient row, int form, Recipient recipient, Instant now) {
    boolean sameFailure = recipient(row).failure().equals(recipient.failure());
    return new QueuedRecipient(
        row.number(),
        form,
        row.address(),
        recipient.originalRecipient(),
        words(recipient.notifications()),
        row.state(),
        row.attempts(),
        row.due(),
        sameFailure ? row.answer() : answer(recipient, now),
        row.delayTold());
  }

  /// As one for whom nothing was tried yet; but what has failed keeps all that is known of that.
  static QueuedRecipient untried(QueuedRecipient row) {
    return row.answer()
        .filter(said -> !said.failed())
        .map(said -> row.withAnswer(said.lastTried(Optional.empty())))
        .orElse(row);
  }

  static boolean hasFailed(QueuedRecipient row) {
    return row.answer().filter(QueuedRecipient.Answer::failed).isPresent();
  }

  static Optional<Smarthost> smarthost(Optional<RecipientState.Via> via) {
    return via.map(
        v -> new Smarthost(v.host(), v.port(), Smarthost.Tls.valueOf(v.tls()), v.credentials()));
  }

  static Optional<RecipientState.Via> via(Optional<Smarthost> smarthost) {
    return smarthost.map(
        s -> new RecipientState.Via(s.host(), s.port(), s.tls().name(), s.credentials()));
  }

  static Map<Integer, QueuedRecipient> byNumber(List<QueuedRecipient> rows) {
    Map<Integer, QueuedRecipient> map = new HashMap<>();
    rows.forEach(row -> map.put(row.number(), row));
    return map;
  }

  private static Optional<QueuedRecipient.Answer> answer(Recipient recipient, Instant now) {
    return recipient
        .failure()
        .map(failure ->
            new QueuedRecipient.Answer(
                failure.status(), failure.remote(), failure.text(), now, true, failure.lastTry()));
  }

  private static Set<String> words(Set<Recipient.Notify> notifications) {
    return notifications.stream().map(Enum::name).collect(Collectors.toSet());
  }
}
