package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.AddressText;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.queue.RecipientState.Place;

/// What would become of a mail: each step that it goes through, with what the step changes, and
/// where its recipients end. Nothing is delivered. Used by one thread.
public final class Rehearsal implements Journal {
  private final List<Turn> turns = new ArrayList<>();

  /// Of rounds that are not told when they come to no end.
  private final Set<Turn> late = Collections.newSetFromMap(new IdentityHashMap<>());

  private final List<End> ends = new ArrayList<>();
  private final Deeds deeds;
  private final Consumer<Fate> ended;

  /// What plugins asked the server to do, in their words; each once.
  public interface Deeds {
    List<String> take();
  }

  /// One step: for whom it was, who passed it by, what it decided, what it changed, what it would
  /// have done besides.
  public record Turn(
      String processor,
      String step,
      List<String> matched,
      List<String> passedBy,
      String outcome,
      List<String> changes,
      List<String> deeds,
      long micros) {}

  /// Where recipients end. `kind` is `served`, `relayed`, `retried`, `waits` or `kept`; `sender` as
  /// it is then, `<>` for none.
  public record End(
      String kind, List<String> recipients, String sender, String place, String reason) {}

  /// All of it, in order.
  public record Report(List<Turn> turns, List<End> ends) {}

  private Rehearsal(Deeds deeds, Consumer<Fate> ended) {
    this.deeds = deeds;
    this.ended = ended;
  }

  /// Leads `mail` through a chain that [ChainBuilder#rehearsal] made.
  public static Report run(Chain chain, Mail mail, Deeds deeds) {
    return run(chain, mail, deeds, _ -> {});
  }

  /// The same; `ended` is given the mail of each end.
  public static Report run(Chain chain, Mail mail, Deeds deeds, Consumer<Fate> ended) {
    var rehearsal = new Rehearsal(deeds, ended);
    chain.run(mail, new Place(Chain.ROOT, ""), rehearsal);
    return new Report(List.copyOf(rehearsal.turns), List.copyOf(rehearsal.ends));
  }

  @Override
  public void passedBy(Place step, List<Recipient> recipients, int round) {
    add(
        round,
        new Turn(
            step.processor(),
            step.step(),
            List.of(),
            addresses(recipients),
            "",
            List.of(),
            List.of(),
            0));
  }

  @Override
  public void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round) {
    List<String> changes = new ArrayList<>();
    String words = words(mail, outcome, changes);
    add(
        round,
        new Turn(
            step.processor(),
            step.step(),
            addresses(mail.recipients()),
            List.of(),
            words,
            changes,
            deeds.take(),
            took.toNanos() / 1_000));
  }

  private void add(int round, Turn turn) {
    turns.add(turn);
    if (round > ROUNDS_TOLD) {
      late.add(turn);
    }
  }

  @Override
  public void settle(List<Fate> fates) {
    if (fates.stream().anyMatch(Fate::goesInCircles)) {
      turns.removeIf(late::contains);
    }
    for (Fate fate : fates) {
      Mail mail = fate.mail();
      if (!(fate instanceof Fate.Underway)) {
        ended.accept(fate);
      }
      switch (fate) {
        case Fate.Served(_, Place place, String reason) -> end("served", mail, place, reason);
        case Fate.Kept(_, Place place) ->
            end("kept", mail, place, "stays in the repository " + place.processor());
        case Fate.Parked(_, Place place, String repository, String reason, _) ->
            end("kept", mail, place, "stays in the repository " + repository + ": " + reason);
        case Fate.Relayed(_, var smarthost) ->
            end(
                "relayed",
                mail,
                new Place("", ""),
                smarthost
                    .map(host -> "to " + AddressText.ofHost(host.host(), host.port()))
                    .orElse("to the servers of each domain"));
        case Fate.Retried retried -> {
          boolean failed = retried.thrown().isPresent() && !retried.goesInCircles();
          String why = failed ? "the step failed: " + retried.reason() : retried.reason();
          end("retried", mail, retried.step(), why);
        }
        case Fate.Waiting(_, Place place, Place next, var until, String reason) ->
            end(
                "waits",
                mail,
                place,
                "until %s, then goes on at %s: %s".formatted(until, name(next), reason));
        case Fate.Underway _ -> {} // It goes on in this run.
      }
    }
  }

  private void end(String kind, Mail mail, Place place, String reason) {
    ends.add(
        new End(kind, addresses(mail.recipients()), sender(mail.sender()), name(place), reason));
  }

  private static String name(Place place) {
    return place.processor() + (place.step().isEmpty() ? "" : "/" + place.step());
  }

  private static String words(Mail given, Outcome outcome, List<String> changes) {
    return switch (outcome) {
      case Outcome.Continue(Mail mail) -> {
        compare(given, mail, changes);
        yield "goes on";
      }
      case Outcome.Route(Mail mail, String processor) -> {
        compare(given, mail, changes);
        yield "goes to " + processor;
      }
      case Outcome.Relay(Mail mail, _) -> {
        compare(given, mail, changes);
        yield "to other servers";
      }
      case Outcome.Wait(Mail mail, var until, String reason, _) -> {
        compare(given, mail, changes);
        yield "waits until " + until + ": " + reason;
      }
      case Outcome.Park(Mail mail, String repository, String reason, _) -> {
        compare(given, mail, changes);
        yield "into the repository " + repository + ": " + reason;
      }
      case Outcome.Finish(String reason) -> reason.isEmpty() ? "done" : "done: " + reason;
      case Outcome.Retry(String reason) -> "again later: " + reason;
      case Outcome.Split(List<Outcome.Split.Part> parts) -> {
        List<String> all = new ArrayList<>();
        for (Outcome.Split.Part part : parts) {
          Mail some = given.withRecipients(part.recipients());
          String whose =
              part.recipients().isEmpty() ? "new" : String.join(", ", addresses(part.recipients()));
          all.add(whose + " " + words(some, part.outcome(), changes));
        }
        yield String.join("; ", all);
      }
    };
  }

  private static void compare(Mail before, Mail after, List<String> changes) {
    Set<MailAddress> left = Set.copyOf(after.addresses());
    Set<MailAddress> known = Set.copyOf(before.addresses());
    before.addresses().stream()
        .filter(address -> !left.contains(address))
        .forEach(address -> changes.add("recipient - " + address));
    after.addresses().stream()
        .filter(address -> !known.contains(address))
        .forEach(address -> changes.add("recipient + " + address));
    if (!before.sender().equals(after.sender())) {
      changes.add("sender " + sender(before.sender()) + " -> " + sender(after.sender()));
    }
    after
        .attributes()
        .forEach((name, value) -> {
          if (!value.equals(before.attributes().get(name))) {
            changes.add("note + " + name + "=" + value);
          }
        });
    before.attributes().keySet().stream()
        .filter(name -> !after.attributes().containsKey(name))
        .forEach(name -> changes.add("note - " + name));
    if (!before.message().equals(after.message())) {
      compareMessages(before, after, changes);
    }
  }

  private static void compareMessages(Mail before, Mail after, List<String> changes) {
    List<HeaderField> gone = new ArrayList<>(before.message().headers());
    List<HeaderField> come = new ArrayList<>(after.message().headers());
    for (HeaderField field : before.message().headers()) {
      if (come.remove(field)) {
        gone.remove(field);
      }
    }
    gone.forEach(field -> changes.add("header - " + field.name() + ": " + field.value()));
    come.forEach(field -> changes.add("header + " + field.name() + ": " + field.value()));
    long bytes = after.message().sizeBytes() - before.message().sizeBytes();
    if (gone.isEmpty() && come.isEmpty()) {
      changes.add(
          "content of %d bytes -> %d"
              .formatted(before.message().sizeBytes(), before.message().sizeBytes() + bytes));
    }
  }

  private static String sender(Optional<MailAddress> sender) {
    return sender.map(MailAddress::toString).orElse("<>");
  }

  private static List<String> addresses(List<Recipient> recipients) {
    return recipients.stream()
        .map(recipient -> recipient.address().toString())
        .collect(Collectors.toList());
  }
}
