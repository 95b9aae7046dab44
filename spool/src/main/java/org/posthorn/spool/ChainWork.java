package org.posthorn.spool;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.Fate;
import org.posthorn.spool.chain.Journal;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leads claimed recipients of one mail through the chain and writes down what became of them. A
/// recipient keeps its row as long as it keeps its address; other rows are new, and rows that
/// nobody needs any more go, all in one change. Used by one thread.
final class ChainWork implements Journal {
  private static final Logger log = LoggerFactory.getLogger(ChainWork.class);
  private static final String ERROR_ATTRIBUTE = "posthorn.error";
  private static final int ERROR_ATTRIBUTE_MAX = 500;

  private final Chain chain;
  private final RetrySchedule schedule;
  private final InstantSource clock;
  private final Settlement settlement;
  private final Reports reports;
  private final Story story;
  private final Custody custody;
  private final Place start;
  private final int attempts;
  private final Optional<Death> death;

  /// The rows that this run still has in its hands, as they are in the store.
  private final Map<Integer, QueuedRecipient> owned = new TreeMap<>();

  private final List<Buried> buried = new ArrayList<>();

  /// Tell of rounds through the chain that are told if they come to an end.
  private final List<Runnable> lateRounds = new ArrayList<>();

  /// Why recipients are in the dead letters, and where they came from.
  private record Death(Place place, String reason) {}

  /// Recipients that used up their tries and are on their way to the dead letters.
  private record Buried(Mail mail, Death death, List<QueuedRecipient> rows) {}

  private ChainWork(
      Tools tools,
      Custody custody,
      List<QueuedRecipient> rows,
      Place start,
      int attempts,
      Optional<Death> death) {
    this.chain = tools.chain();
    this.schedule = tools.schedule();
    this.clock = tools.clock();
    this.settlement = tools.settlement();
    this.reports = tools.reports();
    this.story = tools.story();
    this.custody = custody;
    this.start = start;
    this.attempts = attempts;
    this.death = death;
    rows.forEach(row -> owned.put(row.number(), row));
  }

  /// What every run needs.
  record Tools(
      Chain chain,
      RetrySchedule schedule,
      InstantSource clock,
      Settlement settlement,
      Reports reports,
      Story story) {}

  /// Returns when all recipients of the claim are settled and released. After an exception they are
  /// released without saying when they come up again.
  static void run(Tools tools, Custody.Claim claim, Place place) {
    var work =
        new ChainWork(
            tools,
            claim.custody(),
            claim.rows(),
            place,
            claim.rows().getFirst().attempts(),
            death(claim, place));
    try {
      Optional<Mail> mail = work.read(claim);
      if (mail.isPresent()) {
        work.lead(mail.get());
      }
      while (!work.buried.isEmpty()) {
        bury(tools, claim.custody(), work.buried.removeFirst());
      }
      work.settlement.release(claim.custody(), work.handedBack());
    } finally {
      work.letGo();
    }
  }

  /// Of what comes into the dead letters since it failed too often. From there it can be run again,
  /// by the bounces.
  private static Optional<Death> death(Custody.Claim claim, Place place) {
    return place.processor().equals(Chain.DEAD_LETTERS)
        ? Notes.failedTooOften(claim.custody().form(claim.form()).attributes())
            .map(why -> new Death(Aftermath.BOUNCES, why))
        : Optional.empty();
  }

  private static void bury(Tools tools, Custody custody, Buried dead) {
    var place = new Place(Chain.DEAD_LETTERS, "");
    var work = new ChainWork(tools, custody, dead.rows(), place, 0, Optional.of(dead.death()));
    try {
      work.lead(dead.mail());
      work.settlement.release(custody, work.handedBack());
    } finally {
      work.letGo();
    }
  }

  private void lead(Mail mail) {
    chain.run(mail, start, this);
  }

  /// The mail; absent when it cannot be read (its content is gone): then it waits, and is a dead
  /// letter in the end, like one that a mailet cannot deal with.
  private Optional<Mail> read(Custody.Claim claim) {
    try {
      return Optional.of(claim.mail());
    } catch (StorageUnavailable e) {
      throw e;
    } catch (RuntimeException e) {
      log.atError().addKeyValue("mail", custody.id()).setCause(e).log("mail-not-read");
      Instant now = clock.instant();
      Optional<Duration> delay = schedule.after(attempts + 1);
      Map<Integer, Optional<QueuedRecipient>> rows = new TreeMap<>();
      for (QueuedRecipient row : claim.rows()) {
        QueuedRecipient after =
            delay
                .map(wait -> row.afterAttempt(attempts + 1, now.plus(wait)))
                .orElseGet(() ->
                    row.moved(new RecipientState.Parked(Chain.DEAD_LETTERS, start, trace(e)), now));
        rows.put(row.number(), Optional.of(said(after, e.toString(), row.lastTry(), now)));
      }
      settlement.settle(custody, new Custody.Change(List.of(), rows));
      return Optional.empty();
    }
  }

  @Override
  public void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round) {
    Runnable telling = () -> story.stepDone(mail, step, outcome, took);
    if (round > ROUNDS_TOLD) {
      lateRounds.add(telling);
    } else {
      custody.acceptance().then(telling);
    }
  }

  /// The last of them says how often what has no end went round.
  private void tellLateRounds(List<Fate> fates) {
    if (fates.stream().noneMatch(Fate::goesInCircles)) {
      lateRounds.forEach(custody.acceptance()::then);
    }
    lateRounds.clear();
  }

  @Override
  public void stepBegins() {
    custody.acceptance().goOn();
  }

  @Override
  public void needsCustody() {
    custody.acceptance().write();
  }

  @Override
  public void settle(List<Fate> fates) {
    var landing = new Landing(clock.instant());
    fates.forEach(landing::land);
    if (fates.isEmpty() || !fates.stream().allMatch(Fate.Underway.class::isInstance)) {
      tellLateRounds(fates);
    }
    Custody.Change change = landing.change();
    custody.claimNew(landing.newNumbers);
    landing.notices.forEach(Runnable::run);
    settlement.settle(custody, change);
    landing.stories.forEach(Runnable::run);
    owned.clear();
    landing.kept.forEach(row -> owned.put(row.number(), row));
    settlement.release(custody, landing.released);
  }

  /// After an exception. What is left is due, and whoever took it up at once would meet with the
  /// same trouble.
  private void letGo() {
    var _ = custody.release(handedBack());
  }

  /// What this run had in its hands.
  private List<Integer> handedBack() {
    List<Integer> numbers = new ArrayList<>(owned.keySet());
    buried.forEach(dead -> dead.rows().forEach(row -> numbers.add(row.number())));
    owned.clear();
    buried.clear();
    return numbers;
  }

  /// Finds the row of each recipient and what it shall be.
  private final class Landing {
    private final Instant now;
    private final Map<MailAddress, ArrayDeque<QueuedRecipient>> free = new HashMap<>();
    private final Map<Integer, Optional<QueuedRecipient>> rows = new TreeMap<>();
    private final Map<Integer, MailForm> forms = new TreeMap<>();
    private final Set<Landed> landed = new HashSet<>();
    private final List<Integer> newNumbers = new ArrayList<>();
    private final List<QueuedRecipient> kept = new ArrayList<>();
    private final List<Integer> released = new ArrayList<>();
    private final List<Runnable> stories = new ArrayList<>();

    /// Told before the rows change, like all reports: after a crash between the two, once more is
    /// none.
    private final List<Runnable> notices = new ArrayList<>();

    /// Two recipients of which this is the same are one: two aliases led to it.
    private record Landed(MailAddress address, int form, RecipientState state) {}

    Landing(Instant now) {
      this.now = now;
      owned
          .values()
          .forEach(row -> free.computeIfAbsent(row.address(), _ -> new ArrayDeque<>()).add(row));
    }

    void land(Fate fate) {
      switch (fate) {
        case Fate.Served(Mail mail, Place step, String reason) ->
            stories.add(() -> story.served(mail, step, reason));
        case Fate.Underway(Mail mail, Place step) ->
            kept.addAll(place(mail, _ -> new RecipientState.Waiting(step)));
        case Fate.Relayed(Mail mail, var smarthost) ->
            setOut(
                place(
                    Tries.forgotten(mail),
                    recipient ->
                        new RecipientState.Outgoing(
                            recipient.address().domain(), Rows.via(smarthost))));
        case Fate.Kept(Mail mail, Place step) -> keep(Tries.forgotten(mail), step);
        case Fate.Parked(
                Mail mail,
                Place step,
                String repository,
                String reason,
                Optional<String> then) ->
            park(
                Tries.forgotten(mail),
                step,
                repository,
                new Death(new Place(then.orElse(""), ""), reason));
        case Fate.Retried retried -> retry(retried, !retried.goesInCircles());
        case Fate.Waiting waiting -> await(waiting);
      }
    }

    Custody.Change change() {
      free.values().forEach(left -> left.forEach(row -> rows.put(row.number(), Optional.empty())));
      released.addAll(
          rows.entrySet().stream()
              .filter(entry -> entry.getValue().isEmpty())
              .map(Map.Entry::getKey)
              .toList());
      return new Custody.Change(List.copyOf(forms.values()), rows);
    }

    /// No server was tried for them on this way: a step that tried before is none.
    private void setOut(List<QueuedRecipient> members) {
      members.forEach(row -> rows.put(row.number(), Optional.of(Rows.untried(row))));
      release(members);
    }

    /// `tried`: a step has tried to deal with it.
    private void retry(Fate.Retried retried, boolean tried) {
      if (death.isPresent()) {
        die(retried.mail(), death.get());
        return;
      }
      Tries.Next next = Tries.next(retried, start, attempts);
      Mail mail = next.mail();
      int attempt = next.attempt();
      // What cannot be better later is not tried again.
      Optional<Duration> delay = custody.isLineEnd() ? Optional.empty() : schedule.after(attempt);
      Instant due = noticed(inTime(delay.map(now::plus).orElse(now)));
      List<QueuedRecipient> waiting =
          place(mail, _ -> new RecipientState.Waiting(retried.step())).stream()
              .map(row ->
                  waiting(
                      row.afterAttempt(attempt, due),
                      retried.reason(),
                      tried ? Optional.of(now) : row.lastTry()))
              .toList();
      if (delay.isPresent()) {
        tellIfLate(mail, waiting);
        release(waiting);
        stories.add(
            () -> story.retried(mail, retried.step(), retried.reason(), due, retried.thrown()));
      } else {
        var why =
            new Death(
                retried.step(), retried.thrown().map(ChainWork::trace).orElse(retried.reason()));
        buried.add(new Buried(noted(Tries.forgotten(mail), retried.reason()), why, waiting));
      }
    }

    /// The time before `until` counts for nothing when the mail is relayed afterwards.
    private void await(Fate.Waiting waiting) {
      if (death.isPresent()) {
        die(waiting.mail(), death.get());
        return;
      }
      Instant asked = waiting.until().isBefore(now) ? now : waiting.until();
      Waits waits = Waits.of(waiting.mail()).and(Duration.between(now, asked));
      if (waits.areInVain()) {
        var why = Waits.failure();
        String words = String.valueOf(why.getMessage());
        var last = new Fate.Retried(waiting.mail(), waiting.step(), words, Optional.of(why));
        retry(last, /* tried= */ false);
        return;
      }
      Mail tried =
          waits.areBrief()
              ? Tries.of(waiting.mail()).and(start, attempts).noted(waiting.mail())
              : Tries.forgotten(waiting.mail());
      Mail counted = waits.noted(tried);
      Instant soonest = now.plus(waits.least(counted));
      Instant until = asked.isBefore(soonest) ? soonest : asked;
      Instant due = inTime(until);
      Mail mail = Notes.waited(counted, until);
      release(
          place(mail, _ -> new RecipientState.Waiting(waiting.next())).stream()
              .map(row -> waiting(row.afterAttempt(0, due), waiting.reason(), row.lastTry()))
              .toList());
      stories.add(
          () -> story.retried(mail, waiting.next(), waiting.reason(), due, Optional.empty()));
    }

    /// Not after the mail must go back to its sender.
    private Instant inTime(Instant due) {
      Wishes wishes = custody.options().wishes();
      return wishes.isOverdue(now) ? due : wishes.giveUpAt(due);
    }

    /// Not after the sender is to be told.
    private Instant noticed(Instant due) {
      return custody
          .options()
          .wishes()
          .noticeAt()
          .filter(at -> now.isBefore(at) && at.isBefore(due))
          .orElse(due);
    }

    /// The sender wants to hear that the mail is not there in time (RFC 2852), wherever it waits;
    /// but for what has failed, which is another report.
    private void tellIfLate(Mail mail, List<QueuedRecipient> waiting) {
      List<QueuedRecipient> late =
          waiting.stream().filter(row -> !row.delayTold() && !Rows.hasFailed(row)).toList();
      boolean isLate =
          custody.options().wishes().noticeAt().filter(at -> !now.isBefore(at)).isPresent();
      if (isLate && !late.isEmpty()) {
        late.forEach(row -> rows.put(row.number(), Optional.of(row.afterDelayNotice())));
        notices.add(() -> told(mail, late));
      }
    }

    private void told(Mail mail, List<QueuedRecipient> late) {
      try {
        reports.delayed(mail, late, now, Optional.empty());
      } catch (RuntimeException | Error e) {
        log.atError().addKeyValue("mail", custody.id()).setCause(e).log("report-failed");
      }
    }

    /// The repository is called as the processor that keeps; dead letters know better where they
    /// were and why they are here.
    private void keep(Mail mail, Place step) {
      String repository = step.processor();
      Death why = death.orElseGet(() -> new Death(step, "kept by " + repository));
      if (repository.equals(Chain.DEAD_LETTERS)) {
        die(mail, why);
      } else {
        park(mail, step, repository, why);
      }
    }

    private void park(Mail mail, Place step, String repository, Death why) {
      release(place(mail, _ -> new RecipientState.Parked(repository, why.place(), why.reason())));
      stories.add(() -> story.parked(mail, step, repository, why.reason()));
    }

    private void die(Mail mail, Death why) {
      release(
          place(
              mail, _ -> new RecipientState.Parked(Chain.DEAD_LETTERS, why.place(), why.reason())));
      stories.add(() -> story.dead(mail, why.place(), why.reason()));
    }

    private void release(List<QueuedRecipient> members) {
      members.forEach(row -> released.add(row.number()));
    }

    /// The rows of the mail's recipients in a new state.
    private List<QueuedRecipient> place(Mail mail, Function<Recipient, RecipientState> state) {
      MailForm form = custody.formFor(mail);
      List<QueuedRecipient> members = new ArrayList<>();
      for (Recipient recipient : mail.recipients()) {
        RecipientState to = state.apply(recipient);
        if (landed.add(new Landed(recipient.address(), form.number(), to))) {
          members.add(row(recipient, form, to));
        }
      }
      if (!members.isEmpty()) {
        forms.put(form.number(), form);
      }
      return members;
    }

    private QueuedRecipient row(Recipient recipient, MailForm form, RecipientState to) {
      ArrayDeque<QueuedRecipient> candidates = free.get(recipient.address());
      @Nullable QueuedRecipient before = candidates == null ? null : candidates.poll();
      QueuedRecipient after;
      if (before == null) {
        after = Rows.row(custody.newRowNumber(), form.number(), recipient, to, now);
        newNumbers.add(after.number());
      } else {
        after = Rows.updated(before, form.number(), recipient, now).moved(to, now);
      }
      rows.put(after.number(), Optional.of(after));
      return after;
    }

    private QueuedRecipient waiting(QueuedRecipient row, String why, Optional<Instant> lastTry) {
      QueuedRecipient waiting = said(row, why, lastTry, now);
      rows.put(waiting.number(), Optional.of(waiting));
      return waiting;
    }
  }

  /// With why it waits; but why it has failed stays, for its sender.
  private static QueuedRecipient said(
      QueuedRecipient row, String why, Optional<Instant> lastTry, Instant now) {
    return Rows.hasFailed(row)
        ? row
        : row.withAnswer(
            new QueuedRecipient.Answer("4.3.0", Optional.empty(), why, now, false, lastTry));
  }

  private static Mail noted(Mail mail, String reason) {
    String shown =
        reason.length() <= ERROR_ATTRIBUTE_MAX ? reason : reason.substring(0, ERROR_ATTRIBUTE_MAX);
    try {
      return mail.withAttribute(ERROR_ATTRIBUTE, shown);
    } catch (IllegalArgumentException _) {
      return mail; // It has as many attributes as it may have.
    }
  }

  private static String trace(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
