package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// What the spool does in the words of the story. Used on the story's own thread.
final class StoryEvents {
  private static final String GATE_NOTE = "gate.";

  /// Names a gate whose own note tells more.
  private static final String GATE_FAILED = "gate.failed";

  private StoryEvents() {}

  static StoryEvent accepted(NewMail mail, Optional<MailId> parent) {
    Origin origin = mail.origin();
    return new StoryEvent.Accepted(
        mail.sender().map(MailAddress::toString).orElse(""),
        addresses(mail.recipients()),
        mail.content().sizeBytes(),
        Story.escaped(mail.messageId()),
        Story.escaped(origin.protocol()),
        origin.remote().map(AddressText::of).orElse(""),
        Story.escaped(origin.helo()),
        origin.login().map(MailAddress::toString).orElse(""),
        Story.escaped(origin.connection()),
        parent.map(MailId::value).orElse(""),
        gates(mail),
        asked(mail.options().wishes()),
        mail.written(),
        mail.quarantine().filter(_ -> parent.isEmpty()).map(Story::escaped).orElse(""));
  }

  /// Why it may take longer than others, or not as long; of what most senders ask for, nothing.
  static String asked(Wishes wishes) {
    List<String> words = new ArrayList<>();
    wishes
        .holdUntil()
        .ifPresent(at -> words.add("to be held until " + seconds(at) + " at the sender's wish"));
    wishes.deliverBy().ifPresent(by -> words.add("to be delivered by " + seconds(by.at())));
    if (wishes.priority() != 0) {
      words.add("with priority " + wishes.priority());
    }
    return String.join(", ", words);
  }

  private static Instant seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS);
  }

  private static List<StoryEvent.GateNote> gates(NewMail mail) {
    return mail.attributes().entrySet().stream()
        .filter(note -> note.getKey().startsWith(GATE_NOTE))
        .filter(note -> !note.getKey().equals(GATE_FAILED))
        .map(note ->
            new StoryEvent.GateNote(
                Story.escaped(note.getKey().substring(GATE_NOTE.length())),
                Story.escaped(note.getValue())))
        .toList();
  }

  static StoryEvent step(Mail mail, String place, Outcome outcome, Duration took) {
    List<Mail> after = new ArrayList<>();
    Set<String> words = new LinkedHashSet<>();
    look(outcome, after, words);
    if (after.stream().anyMatch(other -> !other.message().equals(mail.message()))) {
      words.add("changed the message");
    }
    if (!(outcome instanceof Outcome.Split)) {
      after.stream()
          .map(other -> other.recipients().size())
          .filter(left -> left < mail.recipients().size())
          .forEach(left -> words.add("recipients " + mail.recipients().size() + " to " + left));
    }
    return new StoryEvent.Step(
        place,
        addresses(mail.recipients()),
        Story.escaped(String.join("; ", words)),
        became(mail, after),
        after.stream()
            .filter(other -> !other.sender().equals(mail.sender()))
            .map(other -> other.sender().map(MailAddress::toString).orElse("<>"))
            .findFirst()
            .orElse(""),
        took.toNanos() / 1_000);
  }

  private static void look(Outcome outcome, List<Mail> after, Set<String> words) {
    switch (outcome) {
      case Outcome.Continue(Mail mail) -> {
        after.add(mail);
        words.add("goes on");
      }
      case Outcome.Route(Mail mail, String processor) -> {
        after.add(mail);
        words.add("goes to " + processor);
      }
      case Outcome.Finish(String reason) -> words.add("done: " + reason);
      case Outcome.Retry(String reason) -> words.add("comes again: " + reason);
      case Outcome.Wait(Mail mail, var until, String reason, var processor) -> {
        after.add(mail);
        String there = processor.map(name -> ", then goes to " + name).orElse("");
        words.add("waits until " + until + there + ": " + reason);
      }
      case Outcome.Relay(Mail mail, var smarthost) -> {
        after.add(mail);
        words.add(
            smarthost
                .map(host -> "leaves through " + host.host())
                .orElse("leaves for other servers"));
      }
      case Outcome.Park(Mail mail, String repository, _, _) -> {
        after.add(mail);
        words.add("put into the repository " + repository);
      }
      case Outcome.Split(var parts) -> parts.forEach(part -> look(part.outcome(), after, words));
    }
  }

  /// Who gets it now, if somebody does who was not there before.
  private static Addresses became(Mail mail, List<Mail> after) {
    if (after.stream().allMatch(other -> other.recipients().equals(mail.recipients()))) {
      return Addresses.NONE;
    }
    Set<MailAddress> before =
        mail.recipients().stream()
            .map(Recipient::address)
            .collect(Collectors.toCollection(HashSet::new));
    List<MailAddress> now =
        after.stream()
            .flatMap(other -> other.recipients().stream())
            .map(Recipient::address)
            .distinct()
            .toList();
    return before.containsAll(now) ? Addresses.NONE : Addresses.of(now);
  }

  static StoryEvent deferred(QueuedRecipient row, String tls, boolean tried) {
    QueuedRecipient.Answer said = row.answer().orElseThrow();
    return new StoryEvent.Deferred(
        Addresses.one(row.address().toString()),
        tried ? row.attempts() : 0,
        Story.escaped(said.status()),
        said.remote().map(Story::escaped).orElse(""),
        Story.escaped(said.text()),
        row.due(),
        tls);
  }

  static StoryEvent failed(QueuedRecipient row, String tls) {
    QueuedRecipient.Answer said = row.answer().orElseThrow();
    return new StoryEvent.Failed(
        Addresses.one(row.address().toString()),
        row.attempts(),
        Story.escaped(said.status()),
        said.remote().map(Story::escaped).orElse(""),
        Story.escaped(said.text()),
        tls);
  }

  /// Each once: an alias may lead to somebody to whom the sender wrote too.
  static List<MailAddress> people(List<Recipient> recipients) {
    return recipients.stream().map(Recipient::address).distinct().toList();
  }

  static Addresses addresses(List<Recipient> recipients) {
    return Addresses.of(people(recipients));
  }

  static Addresses most(List<Recipient> recipients) {
    return Addresses.most(people(recipients));
  }
}
