package org.posthorn.app.admin;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.queue.Wishes;

/// All that the queue knows of a mail but its messages, as it is written to a file, so that another
/// server can go on with it. `made` are the mails that were made on its behalf, by their purposes.
record MailCopy(
    Asked asked, List<Form> forms, List<Row> recipients, @Nullable Map<String, String> made) {

  /// What the sender asked for.
  record Asked(
      boolean smtpUtf8,
      boolean eightBit,
      @Nullable Boolean returnFull,
      @Nullable String envelopeId,
      Wishes.Tls tls,
      int priority,
      @Nullable Instant holdUntil,
      Wishes.@Nullable DeliverBy deliverBy,
      @Nullable Instant triedUntil) {
    static Asked of(Arrival arrival) {
      return new Asked(
          arrival.smtpUtf8(),
          arrival.eightBit(),
          arrival.returnFull().orElse(null),
          arrival.envelopeId().orElse(null),
          arrival.wishes().tls(),
          arrival.wishes().priority(),
          arrival.wishes().holdUntil().orElse(null),
          arrival.wishes().deliverBy().orElse(null),
          arrival.wishes().triedUntil().orElse(null));
    }

    NewMail.Options options() {
      return new NewMail.Options(
          smtpUtf8,
          eightBit,
          Optional.ofNullable(returnFull),
          Optional.ofNullable(envelopeId),
          new Wishes(
              tls,
              priority,
              Optional.ofNullable(holdUntil),
              Optional.ofNullable(deliverBy),
              Optional.ofNullable(triedUntil)));
    }
  }

  /// What recipients of one form get: from whom, and with which notes of earlier steps.
  record Form(int number, @Nullable String sender, Map<String, String> notes) {
    static Form of(MailForm form) {
      return new Form(
          form.number(), form.sender().map(MailAddress::toString).orElse(null), form.attributes());
    }

    MailForm form(ContentId content) {
      return new MailForm(
          number, Optional.ofNullable(sender).map(Names::address), content, "", List.of(), notes);
    }
  }

  record Row(
      int number,
      int form,
      String address,
      @Nullable String original,
      Set<Recipient.Notify> notifications,
      State state,
      int attempts,
      Instant due,
      @Nullable Answer answer,
      boolean delayTold) {
    static Row of(QueuedRecipient row) {
      Set<Recipient.Notify> wanted = new TreeSet<>();
      row.notifications().forEach(word -> wanted.add(Recipient.Notify.valueOf(word)));
      return new Row(
          row.number(),
          row.form(),
          row.address().toString(),
          row.originalRecipient().orElse(null),
          wanted,
          State.of(row.state(), false),
          row.attempts(),
          row.due(),
          row.answer().map(Answer::of).orElse(null),
          row.delayTold());
    }

    /// `hold`: what would move is held.
    QueuedRecipient row(boolean hold) {
      Set<String> words = new TreeSet<>();
      notifications.forEach(word -> words.add(word.name()));
      RecipientState there = state.state();
      return new QueuedRecipient(
          number,
          form,
          Names.address(address),
          Optional.ofNullable(original),
          words,
          hold && there.isDue() ? new RecipientState.Held(there) : there,
          attempts,
          due,
          Optional.ofNullable(answer).map(Answer::answer),
          delayTold);
    }
  }

  /// What was said last.
  record Answer(
      String status,
      @Nullable String remote,
      String text,
      Instant at,
      boolean failed,
      @Nullable Instant lastTry) {
    static Answer of(QueuedRecipient.Answer answer) {
      return new Answer(
          answer.status(),
          answer.remote().orElse(null),
          answer.text(),
          answer.at(),
          answer.failed(),
          answer.lastTry().orElse(null));
    }

    QueuedRecipient.Answer answer() {
      return new QueuedRecipient.Answer(
          status, Optional.ofNullable(remote), text, at, failed, Optional.ofNullable(lastTry));
    }
  }

  enum Kind {
    WAITING,
    OUTGOING,
    PARKED
  }

  /// Of each kind only what belongs to it is there.
  record State(
      Kind kind,
      boolean held,
      @Nullable String processor,
      @Nullable String step,
      @Nullable String domain,
      @Nullable Via via,
      @Nullable String repository,
      @Nullable String reason) {
    static State of(RecipientState state, boolean held) {
      return switch (state) {
        case RecipientState.Waiting(RecipientState.Place place) ->
            new State(Kind.WAITING, held, place.processor(), place.step(), null, null, null, null);
        case RecipientState.Outgoing(Domain domain, var via) ->
            new State(
                Kind.OUTGOING,
                held,
                null,
                null,
                domain.ascii(),
                via.map(Via::of).orElse(null),
                null,
                null);
        case RecipientState.Held(RecipientState before) -> of(before, true);
        case RecipientState.Parked(String name, RecipientState.Place place, String reason) ->
            new State(Kind.PARKED, held, place.processor(), place.step(), null, null, name, reason);
      };
    }

    RecipientState state() {
      var place = new RecipientState.Place(text(processor), text(step));
      RecipientState state =
          switch (kind) {
            case WAITING -> new RecipientState.Waiting(place);
            case OUTGOING ->
                new RecipientState.Outgoing(
                    Domain.of(text(domain)), Optional.ofNullable(via).map(Via::via));
            case PARKED -> new RecipientState.Parked(text(repository), place, text(reason));
          };
      return held ? new RecipientState.Held(state) : state;
    }

    private static String text(@Nullable String given) {
      return given == null ? "" : given;
    }
  }

  record Via(String host, int port, Smarthost.Tls tls, @Nullable String credentials) {
    static Via of(RecipientState.Via via) {
      return new Via(
          via.host(), via.port(), Smarthost.Tls.valueOf(via.tls()), via.credentials().orElse(null));
    }

    RecipientState.Via via() {
      return new RecipientState.Via(host, port, tls.name(), Optional.ofNullable(credentials));
    }
  }

  static MailCopy of(QueuedMail mail, Map<SubmissionKey, MailId> made) {
    Map<String, String> names = new HashMap<>();
    made.forEach((key, id) -> names.put(key.value(), id.value()));
    return new MailCopy(
        Asked.of(mail.arrival()),
        mail.forms().stream().map(Form::of).toList(),
        mail.recipients().stream().map(Row::of).toList(),
        names);
  }

  Map<SubmissionKey, MailId> submitted() {
    Map<SubmissionKey, MailId> keys = new HashMap<>();
    if (made != null) {
      made.forEach((key, id) -> keys.put(new SubmissionKey(key), new MailId(id)));
    }
    return keys;
  }
}
