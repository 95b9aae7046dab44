package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;
import org.posthorn.storage.story.StoryLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.spi.LoggingEventBuilder;

/// The story of each mail, for `posthorn trace` and as log lines: one for each change of custody,
/// and at debug level one for each step. Whoever runs a mail server looks for addresses here, so
/// they are in it. Safe for use by many threads.
final class Story {
  private static final Logger log = LoggerFactory.getLogger("org.posthorn.story");
  private static final String CONNECTION = "connection";
  private static final int ADDRESSES_MAX = 50;
  private static final int TEXT_MAX = 500;

  private final StoryLog told;

  Story(StoryLog told) {
    this.told = told;
  }

  /// `parent` is the mail on whose behalf it was made.
  void accepted(MailId id, NewMail mail, Optional<MailId> parent) {
    told.tell(id.value(), () -> StoryEvents.accepted(mail, parent));
  }

  /// The line of it in the log.
  void logAccepted(MailId id, NewMail mail) {
    Origin origin = mail.origin();
    LoggingEventBuilder line =
        log.atInfo()
            .addKeyValue("mail", id)
            .addKeyValue("from", from(mail.sender()))
            .addKeyValue("to", to(mail.recipients()))
            .addKeyValue("bytes", mail.content().sizeBytes())
            .addKeyValue("protocol", escaped(origin.protocol()));
    // On the thread of the connection each line has its name anyway.
    if (!origin.connection().equals(MDC.get(CONNECTION))) {
      line = line.addKeyValue(CONNECTION, escaped(origin.connection()));
    }
    if (origin.login().isPresent()) {
      line = line.addKeyValue("login", escaped(origin.login().get().toString()));
    }
    StoryEvent.Written written = mail.written();
    if (!written.sender().isEmpty()) {
      line = line.addKeyValue("writtenFrom", escaped(written.sender()));
    }
    if (!written.to().isEmpty()) {
      line = line.addKeyValue("writtenTo", escaped(String.join(" ", written.to().some())));
    }
    String asked = StoryEvents.asked(mail.options().wishes());
    if (!asked.isEmpty()) {
      line = line.addKeyValue("asked", asked);
    }
    line.log("accepted");
  }

  void stepDone(Mail mail, Place step, Outcome outcome, Duration took) {
    told.tell(mail.id().value(), () -> StoryEvents.step(mail, place(step), outcome, took));
    if (log.isDebugEnabled()) {
      log.atDebug()
          .addKeyValue("mail", mail.id())
          .addKeyValue("to", to(mail.recipients()))
          .addKeyValue("step", place(step))
          .addKeyValue("outcome", outcome.getClass().getSimpleName())
          .addKeyValue("us", took.toNanos() / 1_000)
          .log("step");
    }
  }

  void served(Mail mail, Place step, String how) {
    told.tell(
        mail.id().value(),
        () ->
            new StoryEvent.Served(StoryEvents.most(mail.recipients()), place(step), escaped(how)));
    log.atInfo()
        .addKeyValue("mail", mail.id())
        .addKeyValue("to", to(mail.recipients()))
        .addKeyValue("step", place(step))
        .addKeyValue("how", escaped(how))
        .log("served");
  }

  void retried(Mail mail, Place step, String why, Instant next, Optional<Throwable> thrown) {
    told.tell(
        mail.id().value(),
        () -> new StoryEvent.Retried(addresses(mail), place(step), escaped(why), next));
    LoggingEventBuilder line = thrown.isPresent() ? log.atWarn() : log.atInfo();
    line.addKeyValue("mail", mail.id())
        .addKeyValue("to", to(mail.recipients()))
        .addKeyValue("step", place(step))
        .addKeyValue("why", escaped(why))
        .addKeyValue("next", next)
        .setCause(thrown.filter(Story::isNew).orElse(null))
        .log("retried");
  }

  /// Who was not even called, since a step is isolated, has no stack trace of its own: the one that
  /// it is isolated for was logged once.
  private static boolean isNew(Throwable thrown) {
    return thrown.getStackTrace().length > 0;
  }

  void dead(Mail mail, Place step, String why) {
    told.tell(
        mail.id().value(), () -> new StoryEvent.Dead(addresses(mail), place(step), firstLine(why)));
    log.atWarn()
        .addKeyValue("mail", mail.id())
        .addKeyValue("to", to(mail.recipients()))
        .addKeyValue("step", place(step))
        .addKeyValue("why", escaped(why))
        .log("dead-letter");
  }

  void parked(Mail mail, Place step, String repository, String why) {
    told.tell(
        mail.id().value(),
        () -> new StoryEvent.Parked(addresses(mail), place(step), repository, firstLine(why)));
    log.atInfo()
        .addKeyValue("mail", mail.id())
        .addKeyValue("to", to(mail.recipients()))
        .addKeyValue("step", place(step))
        .addKeyValue("repository", repository)
        .addKeyValue("why", escaped(why))
        .log("parked");
  }

  void relayed(MailId id, QueuedRecipient row, Carrier.Answer.Delivered answer) {
    told.tell(
        id.value(),
        () ->
            new StoryEvent.Relayed(
                Addresses.one(row.address().toString()),
                escaped(answer.remote()),
                escaped(answer.text()),
                answer.tls()));
    log.atInfo()
        .addKeyValue("mail", id)
        .addKeyValue("to", escaped(row.address().toString()))
        .addKeyValue("remote", escaped(answer.remote()))
        .addKeyValue("tls", answer.tls())
        .addKeyValue("said", escaped(answer.text()))
        .log("relayed");
  }

  /// `tls` as in [Carrier.Answer]; `tried`: not only left alone with its destination.
  void deferred(MailId id, QueuedRecipient row, String tls, boolean tried) {
    told.tell(id.value(), () -> StoryEvents.deferred(row, tls, tried));
    answered(id, row, tls).addKeyValue("next", row.due()).log("deferred");
  }

  /// `tls` as in [Carrier.Answer].
  void failed(MailId id, QueuedRecipient row, String tls) {
    told.tell(id.value(), () -> StoryEvents.failed(row, tls));
    answered(id, row, tls).log("failed");
  }

  void administered(MailId id, String what, int recipients) {
    String by = Operator.name();
    told.tell(id.value(), () -> new StoryEvent.Administered(what, recipients, escaped(by)));
    log.atInfo()
        .addKeyValue("mail", id)
        .addKeyValue("recipients", recipients)
        .addKeyValue("what", what)
        .addKeyValue("by", escaped(by))
        .log("administered");
  }

  /// One line, whatever is in it.
  static String escaped(String text) {
    String shown = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
    if (!hasControls(shown)) {
      return shown;
    }
    var out = new StringBuilder();
    shown
        .chars()
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            out.append(String.format(Locale.ROOT, "\\u%04x", c));
          } else {
            out.append((char) c);
          }
        });
    return out.toString();
  }

  private static boolean hasControls(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  private static LoggingEventBuilder answered(MailId id, QueuedRecipient row, String tls) {
    LoggingEventBuilder begun =
        log.atInfo()
            .addKeyValue("mail", id)
            .addKeyValue("to", escaped(row.address().toString()))
            .addKeyValue("attempts", row.attempts());
    LoggingEventBuilder line = tls.isEmpty() ? begun : begun.addKeyValue("tls", tls);
    return row.answer()
        .map(answer ->
            line.addKeyValue("status", escaped(answer.status()))
                .addKeyValue("remote", answer.remote().map(Story::escaped).orElse("-"))
                .addKeyValue("said", escaped(answer.text())))
        .orElse(line);
  }

  private static String from(Optional<MailAddress> sender) {
    return sender.map(address -> escaped(address.toString())).orElse("<>");
  }

  private static String to(List<Recipient> recipients) {
    if (recipients.size() == 1) {
      return escaped(recipients.getFirst().address().toString());
    }
    List<MailAddress> people = StoryEvents.people(recipients);
    var out = new StringBuilder();
    people.stream()
        .limit(ADDRESSES_MAX)
        .forEach(
            address -> out.append(out.isEmpty() ? "" : " ").append(escaped(address.toString())));
    if (people.size() > ADDRESSES_MAX) {
      out.append(" and ").append(people.size() - ADDRESSES_MAX).append(" more");
    }
    return out.toString();
  }

  private static Addresses addresses(Mail mail) {
    return StoryEvents.addresses(mail.recipients());
  }

  /// Of a stack trace: what went wrong, and not where.
  private static String firstLine(String text) {
    return escaped(text.lines().findFirst().orElse(""));
  }

  private static String place(Place step) {
    return step.processor() + "/" + step.step();
  }
}
