package org.posthorn.spool.chain;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.plugin.InHand;
import org.posthorn.storage.queue.RecipientState.Place;

/// Leads one mail through the chain, in groups of recipients that have the same mail and are at the
/// same place. Used by one thread.
final class ChainRun {
  /// No sensible chain comes near it; one that parts its mail again and again does.
  private static final int STEPS_MAX = 10_000;

  private static final int RECIPIENTS_MAX = 50_000;
  private static final int SPLITS_MAX = 50;

  private static final String LEFT_OUT = "left out by the step";

  /// What a mailet may write of one recipient, in characters: it has to fit its row in the queue.
  private static final int WORDS_MAX = 4_000;

  /// Later times are no times of a calendar, and not all of them can be written down.
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  private final Chain chain;
  private final Journal journal;
  private final ArrayDeque<Group> open = new ArrayDeque<>();
  private final List<Fate> done = new ArrayList<>();
  private int steps;
  private int added;

  /// Recipients in front of a step, or behind the last.
  private record Group(Mail mail, Trail trail, int index) {
    Processor processor() {
      return trail.processor();
    }

    Place place() {
      return processor().placeOf(index);
    }

    int round() {
      return trail.round();
    }

    Group next(Mail mail) {
      return new Group(mail, trail, index + 1);
    }

    Group with(Mail mail) {
      return new Group(mail, trail, index);
    }
  }

  ChainRun(Chain chain, Journal journal) {
    this.chain = chain;
    this.journal = journal;
  }

  void run(Mail mail, Place from) {
    InHand.run(mail.id(), () -> lead(mail, from));
  }

  private void lead(Mail mail, Place from) {
    Optional<Processor> processor = chain.find(from.processor());
    if (processor.isPresent()) {
      enter(new Group(mail, Trail.beginsIn(processor.get()), processor.get().indexOf(from.step())));
    } else {
      done.add(retried(mail, from, noSuchProcessor(from.processor())));
    }
    while (!open.isEmpty()) {
      Group group = open.pop();
      if (group.index() < group.processor().steps().size()) {
        step(group, group.processor().steps().get(group.index()));
      } else {
        end(group);
      }
    }
    journal.settle(List.copyOf(done));
  }

  private void step(Group group, Step step) {
    Mail given = group.mail();
    try {
      if (++steps > STEPS_MAX) {
        throw GoesInCircles.after(STEPS_MAX, group.trail());
      }
      List<Recipient> matched = step.matcher().match(given);
      if (matched.isEmpty()) {
        journal.passedBy(group.place(), given.recipients(), group.round());
        enter(group.next(given));
        return;
      }
      List<Recipient> others = others(given, matched);
      if (!others.isEmpty()) {
        journal.passedBy(group.place(), others, group.round());
        enter(group.next(given.withRecipients(others)));
        given = given.withRecipients(matched);
      }
      if (!step.mailet().repeatable() || !isAllThereIs(given)) {
        journal.needsCustody();
      }
      journal.stepBegins();
      long start = System.nanoTime();
      Outcome outcome = step.mailet().service(given);
      check(given, outcome, 0);
      count(given, outcome);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      journal.stepDone(given, group.place(), outcome, took, group.round());
      decide(group.with(given), outcome);
      List<Recipient> leftOut = LeftOut.of(given, outcome);
      if (!leftOut.isEmpty()) {
        done.add(new Fate.Served(given.withRecipients(leftOut), group.place(), LEFT_OUT));
      }
    } catch (Throwable thrown) { // Whatever a plugin throws, no mail is lost over it.
      done.add(retried(given, group.place(), thrown));
    }
    if (!step.mailet().repeatable()) {
      checkpoint();
    }
  }

  /// Whether the mail has one recipient, who is the only one of this run.
  private boolean isAllThereIs(Mail given) {
    return given.recipients().size() == 1 && open.isEmpty() && done.isEmpty();
  }

  private void decide(Group group, Outcome outcome) {
    Mail given = group.mail();
    switch (outcome) {
      case Outcome.Finish _, Outcome.Retry _ when given.recipients().isEmpty() -> {}
      case Outcome.Continue(Mail mail) -> enter(group.next(mail));
      case Outcome.Route(Mail mail, String name) -> follow(group.with(mail), processor(name));
      case Outcome.Finish(String reason) -> done.add(new Fate.Served(given, group.place(), reason));
      case Outcome.Retry(String reason) ->
          done.add(new Fate.Retried(given, group.place(), reason, Optional.empty()));
      case Outcome.Wait(Mail mail, Instant until, String reason, Optional<String> name) ->
          waitFor(group, mail, until, reason, name);
      case Outcome.Relay(Mail mail, var smarthost) -> {
        if (!mail.recipients().isEmpty()) {
          done.add(new Fate.Relayed(mail, smarthost));
        }
      }
      case Outcome.Park(Mail mail, String name, String reason, Optional<String> then) -> {
        if (!mail.recipients().isEmpty()) {
          done.add(new Fate.Parked(mail, group.place(), name, reason, then));
        }
      }
      case Outcome.Split(List<Outcome.Split.Part> parts) ->
          parts.forEach(
              part -> decide(group.with(given.withRecipients(part.recipients())), part.outcome()));
    }
  }

  /// Behind the last step there is nothing to wait for, unless another processor follows.
  private void waitFor(
      Group group, Mail mail, Instant until, String reason, Optional<String> name) {
    if (mail.recipients().isEmpty()) {
      return;
    }
    Processor there = group.processor();
    Place next =
        name.map(other -> processor(other).placeOf(0)).orElse(there.placeOf(group.index() + 1));
    if (name.isEmpty() && group.index() + 1 == there.steps().size()) {
      if (!(there.atEnd() instanceof AtEnd.Route(String other)) || chain.find(other).isEmpty()) {
        end(group.next(mail));
        return;
      }
      next = processor(other).placeOf(0);
    }
    done.add(new Fate.Waiting(mail, group.place(), next, until, reason));
  }

  private void end(Group group) {
    Place place = new Place(group.processor().name(), "");
    switch (group.processor().atEnd()) {
      case AtEnd.Route(String name) ->
          chain
              .find(name)
              .ifPresentOrElse(
                  processor -> follow(group, processor),
                  () -> done.add(retried(group.mail(), place, noSuchProcessor(name))));
      case AtEnd.Drop _ ->
          done.add(new Fate.Served(group.mail(), place, "at the end of " + place.processor()));
      case AtEnd.Keep _ -> done.add(new Fate.Kept(group.mail(), place));
    }
  }

  /// Into another processor, from where the group is.
  private void follow(Group group, Processor next) {
    Mail mail = group.mail();
    if (mail.recipients().isEmpty()) {
      return;
    }
    Trail trail = group.trail().into(next, group.index());
    if (trail.goesInCircles()) {
      done.add(retried(mail, next.placeOf(0), GoesInCircles.after(trail)));
    } else {
      enter(new Group(mail, trail, 0));
    }
  }

  /// Puts a group in front of its step, together with the one that waits there with the same mail.
  private void enter(Group group) {
    if (group.mail().recipients().isEmpty()) {
      return;
    }
    Group waiting = open.peek();
    if (waiting != null
        && waiting.index() == group.index()
        && waiting.processor().name().equals(group.processor().name())
        && isSameForm(waiting.mail(), group.mail())) {
      open.pop();
      open.push(
          new Group(
              bothMade(waiting.mail(), group.mail())
                  .withRecipients(together(waiting.mail(), group.mail())),
              waiting.round() > group.round() ? waiting.trail() : group.trail(),
              group.index()));
    } else {
      open.push(group);
    }
  }

  /// With the notes of what was made of both.
  private static Mail bothMade(Mail one, Mail other) {
    Mail both = one;
    for (String name : one.attributes().keySet()) {
      both = other.attributes().containsKey(name) ? both : both.withoutAttribute(name);
    }
    return both;
  }

  /// The recipients of both, each address once.
  private static List<Recipient> together(Mail one, Mail other) {
    Map<MailAddress, Recipient> all = new LinkedHashMap<>();
    one.recipients().forEach(recipient -> all.putIfAbsent(recipient.address(), recipient));
    other.recipients().forEach(recipient -> all.putIfAbsent(recipient.address(), recipient));
    return List.copyOf(all.values());
  }

  private void checkpoint() {
    if (open.isEmpty()) {
      return; // The end of the run notes it.
    }
    List<Fate> fates = new ArrayList<>(done);
    open.forEach(group -> fates.add(new Fate.Underway(group.mail(), group.place())));
    journal.settle(fates);
    done.clear();
  }

  /// Refuses decisions that would lose or double a recipient, so that [#decide] cannot fail half
  /// way.
  private void check(Mail given, Outcome outcome, int depth) {
    if (depth > SPLITS_MAX) {
      throw new IllegalStateException(
          "The mailet made splits of splits, more than " + SPLITS_MAX + " inside each other");
    }
    switch (outcome) {
      case Outcome.Continue(Mail mail) -> checkMail(given, mail);
      case Outcome.Route(Mail mail, String name) -> {
        checkMail(given, mail);
        processor(name);
      }
      case Outcome.Relay(Mail mail, _) -> checkMail(given, mail);
      case Outcome.Wait(Mail mail, Instant until, _, Optional<String> then) -> {
        checkMail(given, mail);
        if (until.isAfter(LATEST)) {
          throw new IllegalStateException("The mailet would wait until " + until);
        }
        then.ifPresent(this::processor);
      }
      case Outcome.Park(Mail mail, _, _, Optional<String> then) -> {
        checkMail(given, mail);
        then.ifPresent(this::processor);
      }
      case Outcome.Finish _, Outcome.Retry _ -> {}
      case Outcome.Split(List<Outcome.Split.Part> parts) -> {
        if (parts.size() > RECIPIENTS_MAX) {
          throw new IllegalStateException("The mailet made " + parts.size() + " parts of one mail");
        }
        List<Recipient> inParts =
            parts.stream().flatMap(part -> part.recipients().stream()).toList();
        if (!counted(inParts).equals(counted(given.recipients()))) {
          throw new IllegalStateException(
              "The parts of a split are not the recipients that the mailet was given");
        }
        parts.forEach(
            part -> check(given.withRecipients(part.recipients()), part.outcome(), depth + 1));
      }
    }
  }

  /// A chain whose steps make ever more recipients ends too.
  private void count(Mail given, Outcome outcome) {
    added += Math.max(0, sizeOf(outcome) - given.recipients().size());
    if (added > RECIPIENTS_MAX) {
      throw new IllegalStateException(
          "The chain made more than " + RECIPIENTS_MAX + " recipients of one mail");
    }
  }

  private static int sizeOf(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Continue(Mail mail) -> mail.recipients().size();
      case Outcome.Route(Mail mail, _) -> mail.recipients().size();
      case Outcome.Relay(Mail mail, _) -> mail.recipients().size();
      case Outcome.Wait(Mail mail, _, _, _) -> mail.recipients().size();
      case Outcome.Park(Mail mail, _, _, _) -> mail.recipients().size();
      case Outcome.Finish _, Outcome.Retry _ -> 0;
      case Outcome.Split(List<Outcome.Split.Part> parts) ->
          parts.stream().mapToInt(part -> sizeOf(part.outcome())).sum();
    };
  }

  private static void checkMail(Mail given, Mail mail) {
    if (!mail.id().equals(given.id())) {
      throw new IllegalStateException("The mailet returned another mail: " + mail.id());
    }
    if (mail.recipients().size() > RECIPIENTS_MAX) {
      throw new IllegalStateException(
          "The mailet made " + mail.recipients().size() + " recipients of one mail");
    }
    for (Recipient recipient : mail.recipients()) {
      if (wordsOf(recipient) > WORDS_MAX) {
        throw new IllegalStateException(
            "The mailet wrote more than %d characters of the recipient %s"
                .formatted(WORDS_MAX, recipient.address()));
      }
    }
  }

  /// But for the text of a failure, of which the queue keeps the beginning.
  private static int wordsOf(Recipient recipient) {
    return recipient.originalRecipient().map(String::length).orElse(0)
        + recipient
            .failure()
            .map(why -> why.status().length() + why.remote().map(String::length).orElse(0))
            .orElse(0);
  }

  private static List<Recipient> others(Mail given, List<Recipient> matched) {
    if (matched.equals(given.recipients())) {
      return List.of();
    }
    Map<Recipient, Integer> left = counted(matched);
    List<Recipient> others = new ArrayList<>();
    for (Recipient recipient : given.recipients()) {
      int count = left.getOrDefault(recipient, 0);
      if (count == 0) {
        others.add(recipient);
      } else {
        left.put(recipient, count - 1);
      }
    }
    if (others.size() + matched.size() != given.recipients().size()) {
      throw new IllegalStateException("The matcher returned recipients that it was not given");
    }
    return others;
  }

  private static Map<Recipient, Integer> counted(List<Recipient> recipients) {
    Map<Recipient, Integer> counts = new HashMap<>();
    recipients.forEach(recipient -> counts.merge(recipient, 1, Integer::sum));
    return counts;
  }

  private static boolean isSameForm(Mail one, Mail other) {
    return one.message().equals(other.message())
        && one.sender().equals(other.sender())
        && ofForm(one).equals(ofForm(other));
  }

  private static Map<String, String> ofForm(Mail mail) {
    var attributes = new HashMap<>(mail.attributes());
    attributes.keySet().removeIf(name -> name.startsWith(Chain.COPIED));
    return attributes;
  }

  private Processor processor(String name) {
    return chain.find(name).orElseThrow(() -> noSuchProcessor(name));
  }

  private static IllegalStateException noSuchProcessor(String name) {
    return new IllegalStateException("The chain has no processor " + name);
  }

  private static Fate.Retried retried(Mail mail, Place step, Throwable thrown) {
    String why =
        thrown instanceof GoesInCircles ? String.valueOf(thrown.getMessage()) : thrown.toString();
    return new Fate.Retried(mail, step, why, Optional.of(thrown));
  }
}
