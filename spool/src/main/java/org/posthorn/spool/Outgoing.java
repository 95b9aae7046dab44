package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The outgoing queue: hands recipients of one mail that go the same way to the [Carrier] and
/// writes down what the other side said. Safe for use by many threads.
final class Outgoing {
  private static final Logger log = LoggerFactory.getLogger(Outgoing.class);
  static final Place BOUNCES = new Place(Chain.BOUNCES, "");

  /// Delivery time expired (RFC 3463 §3.5).
  private static final String EXPIRED = "5.4.7";

  private static final String TOO_LATE = "The time in which it was to be delivered is over";

  private static final Set<String> CROWDED = Set.of("4.3.2", "4.4.2", "4.4.5", "4.7.28");

  private final Carrier carrier;
  private final Ways ways;
  private final Custodies custodies;
  private final Settlement settlement;
  private final Reports reports;
  private final Story story;
  private final InstantSource clock;
  private final Terms.Kinds terms;
  private volatile Consumer<MailAddress> onRefusal = _ -> {};
  private final Destinations destinations;

  /// `starter` runs what it is given on a thread of its own.
  Outgoing(
      Carrier carrier,
      Custodies custodies,
      Settlement settlement,
      Reports reports,
      Story story,
      InstantSource clock,
      SpoolConfig config,
      Consumer<Runnable> starter) {
    this.carrier = carrier;
    this.ways = new Ways(carrier);
    this.custodies = custodies;
    this.settlement = settlement;
    this.reports = reports;
    this.story = story;
    this.clock = clock;
    this.terms = Terms.Kinds.of(config);
    this.destinations =
        new Destinations(
            config.outgoing(),
            config.outgoingPerDestination(),
            (key, load) -> starter.accept(() -> carry(key, load)),
            this::returned,
            Outgoing::wakeAfter);
  }

  /// Whether the time of these recipients is up (RFC 2852): then they are on their way back to the
  /// sender, and released.
  boolean returnsOverdue(Custody.Claim claim) {
    Instant now = clock.instant();
    if (!claim.custody().options().wishes().isOverdue(now) || isAtItsEnd(claim.state())) {
      return false;
    }
    Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
    List<Runnable> stories = new ArrayList<>();
    for (QueuedRecipient row : claim.rows()) {
      after.put(
          row.number(),
          Optional.of(failed(claim, row, EXPIRED, Optional.empty(), TOO_LATE, now, stories)));
    }
    try {
      settle(claim, after, List.of(), List.of(), stories, now);
    } finally {
      settlement.release(claim.custody(), claim.numbers());
    }
    return true;
  }

  /// Whether it is being reported already, or nobody hears of it any more.
  private static boolean isAtItsEnd(RecipientState state) {
    return state instanceof RecipientState.Waiting(Place(String processor, String _))
        && (processor.equals(Chain.BOUNCES) || processor.equals(Chain.DEAD_LETTERS));
  }

  /// Recipients of one mail whose way ends at one server go together, whatever their domains are.
  List<Custody.Claim> together(List<Custody.Claim> claims) {
    if (claims.size() < 2) {
      return claims;
    }
    Map<Object, Custody.Claim> bundles = new LinkedHashMap<>();
    for (Custody.Claim claim : claims) {
      bundles.merge(bundle(claim), claim, Custody.Claim::with);
    }
    return List.copyOf(bundles.values());
  }

  private record Bundle(int form, Carrier.Way way) {}

  private Object bundle(Custody.Claim claim) {
    if (claim.state() instanceof RecipientState.Outgoing(_, var via) && via.isEmpty()) {
      Carrier.Way way = way(claim);
      return way.together() ? new Bundle(claim.form(), way) : claim;
    }
    return claim;
  }

  /// Takes over claimed recipients; they are settled and released in the end.
  void offer(Custody.Claim load) {
    custodies.pinAgain(load.custody());
    Carrier.Way way = way(load);
    switch (destinations.ask(Destinations.Key.of(way), way.pace(), load, clock.instant())) {
      case Destinations.Permission.Granted _ -> {}
      case Destinations.Permission.LeftAlone why -> sendBack(load, why);
    }
  }

  /// One of many that waited: the others are to come back too, whatever happens to this one.
  private void returned(Custody.Claim load, Destinations.Permission.LeftAlone why) {
    try {
      sendBack(load, why);
    } catch (RuntimeException e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("not-postponed");
    }
  }

  private void sendBack(Custody.Claim load, Destinations.Permission.LeftAlone why) {
    try {
      postpone(load, why.until(), why.why());
    } finally {
      custodies.unpin(load.custody());
    }
  }

  private Carrier.Way way(Custody.Claim load) {
    return ways.of(
        load.custody().form(load.form()).sender(), (RecipientState.Outgoing) load.state());
  }

  private Terms terms(Custody.Claim load) {
    Custody mail = load.custody();
    return terms.of(mail.form(load.form()).sender(), load.priority());
  }

  private static void wakeAfter(Duration delay, Runnable wake) {
    Thread.ofVirtual()
        .name("outgoing-pace")
        .start(() -> {
          try {
            Thread.sleep(delay);
            wake.run();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
  }

  void watchRefusals(Consumer<MailAddress> watch) {
    onRefusal = watch;
  }

  void stop() {
    destinations.stop(load -> {
      settlement.release(load.custody(), load.numbers());
      custodies.unpin(load.custody());
    });
  }

  /// True when nothing is under way any more, false at `deadline` (of `System.nanoTime`).
  boolean awaitIdle(long deadline) throws InterruptedException {
    while (destinations.underwayCount() > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return destinations.underwayCount() == 0;
  }

  /// Ways are others from now on, for what waits too.
  void waysChanged() {
    destinations.startAnew(clock.instant());
  }

  Ways ways() {
    return ways;
  }

  Reports reports() {
    return reports;
  }

  Destinations destinations() {
    return destinations;
  }

  private void carry(Destinations.Key destination, Custody.Claim load) {
    long begin = System.nanoTime();
    var state = (RecipientState.Outgoing) load.state();
    Destinations.Result result = new Destinations.Result.Reached();
    try {
      Map<Recipient, Answer> answers =
          load.custody().options().wishes().isOverdue(clock.instant())
              ? expired(load)
              : carrier.carry(load(load, state));
      result = result(answers);
      take(load, answers);
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("relaying-failed");
      settleQuietly(load, "Internal error: " + e);
    } finally {
      settlement.release(load.custody(), load.numbers());
      custodies.unpin(load.custody());
      destinations.finished(
          destination, load, Duration.ofNanos(System.nanoTime() - begin), result, clock.instant());
    }
  }

  /// Its time ran out while it waited for its turn.
  private static Map<Recipient, Answer> expired(Custody.Claim load) {
    Map<Recipient, Answer> answers = new HashMap<>();
    var late = new Answer.Failed(EXPIRED, Optional.empty(), TOO_LATE);
    load.rows().forEach(row -> answers.put(Rows.recipient(row), late));
    return answers;
  }

  private static Carrier.Load load(Custody.Claim load, RecipientState.Outgoing state) {
    Custody custody = load.custody();
    return new Carrier.Load(
        custody.id(),
        custody.form(load.form()).sender(),
        load.rows().stream().map(Rows::recipient).toList(),
        state.domain(),
        Rows.smarthost(state.via()),
        custody.message(load.form()),
        load.options());
  }

  private Destinations.Result result(Map<Recipient, Answer> answers) {
    return unreachable(answers)
        .<Destinations.Result>map(Destinations.Result.Unreachable::new)
        .orElseGet(() ->
            answers.values().stream().anyMatch(Outgoing::isCrowded)
                ? new Destinations.Result.Crowded()
                : new Destinations.Result.Reached());
  }

  /// 421, or codes that say the same (RFC 3463 §3.4, §3.5): the system takes no mail now, it is
  /// congested, it hung up. Not greylisting, which means one mail and no more.
  private static boolean isCrowded(Answer answer) {
    return answer instanceof Answer.Deferred(String status, Optional<String> remote, String text)
        && remote.isPresent()
        && (text.startsWith("421") || CROWDED.contains(status));
  }

  /// What to tell the next loads, if no server could be asked at all.
  private Optional<QueuedRecipient.Answer> unreachable(Map<Recipient, Answer> answers) {
    @Nullable Answer last = null;
    for (Answer answer : answers.values()) {
      if (!(answer instanceof Answer.Deferred(_, Optional<String> remote, _))
          || remote.isPresent()) {
        return Optional.empty();
      }
      last = answer;
    }
    return last instanceof Answer.Deferred(String status, var remote, String text)
        ? Optional.of(new QueuedRecipient.Answer(status, remote, text, clock.instant(), false))
        : Optional.empty();
  }

  private void take(Custody.Claim load, Map<Recipient, Answer> answers) {
    Instant now = clock.instant();
    Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
    List<Runnable> stories = new ArrayList<>();
    List<QueuedRecipient> relayed = new ArrayList<>();
    List<QueuedRecipient> delayed = new ArrayList<>();
    for (QueuedRecipient row : load.rows()) {
      @Nullable Answer answer = answers.get(Rows.recipient(row));
      switch (answer) {
        case null ->
            after.put(
                row.number(), Optional.of(deferred(load, row, silence(), now, delayed, stories)));
        case Answer.Delivered delivered -> {
          after.put(row.number(), Optional.empty());
          stories.add(() -> story.relayed(load.custody().id(), row, delivered));
          if (!delivered.notificationsPassedOn()
              || load.custody().options().wishes().tellsOfRelay(delivered.deadlinePassedOn())) {
            relayed.add(
                row.withAnswer(
                    new QueuedRecipient.Answer(
                        "2.0.0", Optional.of(delivered.remote()), delivered.text(), now, false)));
          }
        }
        case Answer.Deferred deferral ->
            after.put(
                row.number(), Optional.of(deferred(load, row, deferral, now, delayed, stories)));
        case Answer.Failed(String status, var remote, String text) -> {
          after.put(
              row.number(), Optional.of(failed(load, row, status, remote, text, now, stories)));
          if (remote.isPresent()) {
            load.custody()
                .arrival()
                .login()
                .ifPresent(login -> stories.add(() -> onRefusal.accept(login)));
          }
        }
      }
    }
    settle(load, after, relayed, delayed, stories, now);
  }

  private void settle(
      Custody.Claim load,
      Map<Integer, Optional<QueuedRecipient>> after,
      List<QueuedRecipient> relayed,
      List<QueuedRecipient> delayed,
      List<Runnable> stories,
      Instant now) {
    boolean reported = report(load, relayed, delayed, now);
    settlement.settle(load.custody(), new Custody.Change(List.of(), after));
    stories.forEach(Runnable::run);
    if (!reported) {
      report(load, relayed, delayed, now);
    }
  }

  /// Reports come before the rows change: after a crash between the two the mail is tried again and
  /// the report is not sent twice. But what the other side said is written down in any case.
  private boolean report(
      Custody.Claim load,
      List<QueuedRecipient> relayed,
      List<QueuedRecipient> delayed,
      Instant now) {
    try {
      if (!relayed.isEmpty()) {
        boolean asked = load.custody().options().wishes().tellsOfRelay(false);
        reports.relayed(load.custody().mail(load.form(), relayed), relayed, asked, now);
      }
      if (!delayed.isEmpty()) {
        Instant until = load.begins().plus(terms(load).giveUpAfter());
        reports.delayed(
            load.custody().mail(load.form(), delayed), delayed, now, Optional.of(until));
      }
      return true;
    } catch (RuntimeException e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("report-failed");
      return false;
    }
  }

  /// After a try that brought nothing: the next one by the schedule, and the sender's notice when
  /// it is time for it. After the last one it has failed.
  private QueuedRecipient deferred(
      Custody.Claim load,
      QueuedRecipient row,
      Answer.Deferred deferral,
      Instant now,
      List<QueuedRecipient> delayed,
      List<Runnable> stories) {
    Instant due = now.plus(terms(load).schedule().after(row.attempts() + 1).orElseThrow());
    var said =
        new QueuedRecipient.Answer(
            deferral.status(), deferral.remote(), deferral.text(), now, false);
    return later(load, row.afterAttempt(row.attempts() + 1, due), said, now, delayed, stories);
  }

  /// `row` is due later; `said` is why.
  private QueuedRecipient later(
      Custody.Claim load,
      QueuedRecipient row,
      QueuedRecipient.Answer said,
      Instant now,
      List<QueuedRecipient> delayed,
      List<Runnable> stories) {
    Instant begins = load.begins();
    Terms kind = terms(load);
    Instant deadline = begins.plus(kind.giveUpAfter());
    Wishes wishes = load.custody().options().wishes();
    if (wishes.isOverdue(now)) {
      return failed(load, row, EXPIRED, said.remote(), TOO_LATE + ": " + said.text(), now, stories);
    }
    if (!now.isBefore(deadline)) {
      String text = "Gave up after " + words(kind.giveUpAfter()) + ": " + said.text();
      return failed(load, row, said.status(), said.remote(), text, now, stories);
    }
    Optional<Instant> noticeAt =
        row.delayTold() ? Optional.empty() : noticeAt(wishes, begins, kind.delayNoticeAfter());
    boolean tell = noticeAt.filter(at -> !now.isBefore(at)).isPresent();
    Instant due = earlier(row.due(), wishes.giveUpAt(deadline));
    if (wishes.deliverBy().isPresent() && !tell) {
      due = earlier(due, noticeAt.orElse(due));
    }
    QueuedRecipient later = row.postponedTo(due).withAnswer(said);
    if (tell) {
      later = later.afterDelayNotice();
      delayed.add(later);
    }
    QueuedRecipient told = later;
    stories.add(() -> story.deferred(load.custody().id(), told));
    return later;
  }

  /// When the sender is to be told that it takes long: as the sender asked (RFC 2852), or as usual.
  private static Optional<Instant> noticeAt(
      Wishes wishes, Instant begins, Duration delayNoticeAfter) {
    Optional<Instant> usual =
        delayNoticeAfter.isPositive()
            ? Optional.of(begins.plus(delayNoticeAfter))
            : Optional.empty();
    return wishes.noticeAt().or(() -> usual);
  }

  private QueuedRecipient failed(
      Custody.Claim load,
      QueuedRecipient row,
      String status,
      Optional<String> remote,
      String text,
      Instant now,
      List<Runnable> stories) {
    QueuedRecipient failed =
        row.withAnswer(new QueuedRecipient.Answer(status, remote, text, now, true));
    stories.add(() -> story.failed(load.custody().id(), failed));
    return failed.moved(new RecipientState.Waiting(BOUNCES), now);
  }

  /// The destination is left alone: no try was made, so none is counted. Without a reason it is
  /// only that many others were first.
  private void postpone(Custody.Claim load, Instant until, Optional<QueuedRecipient.Answer> why) {
    Instant now = clock.instant();
    long jitterMillis =
        ThreadLocalRandom.current().nextLong(Duration.between(now, until).toMillis() / 10 + 1);
    Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
    List<Runnable> stories = new ArrayList<>();
    List<QueuedRecipient> delayed = new ArrayList<>();
    for (QueuedRecipient row : load.rows()) {
      Instant due = until.plusMillis(jitterMillis);
      QueuedRecipient later = row.postponedTo(load.custody().options().wishes().giveUpAt(due));
      after.put(
          row.number(),
          Optional.of(
              why.map(said -> later(load, later, said, now, delayed, stories)).orElse(later)));
    }
    try {
      settle(load, after, List.of(), delayed, stories, now);
    } finally {
      settlement.release(load.custody(), load.numbers());
    }
  }

  /// Our own mistake, such as a content that is damaged: not the fault of the destination.
  private void settleQuietly(Custody.Claim load, String why) {
    Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
    List<Runnable> stories = new ArrayList<>();
    var deferral = new Answer.Deferred("4.3.0", Optional.empty(), why);
    for (QueuedRecipient row : load.rows()) {
      after.put(
          row.number(),
          Optional.of(deferred(load, row, deferral, clock.instant(), new ArrayList<>(), stories)));
    }
    try {
      settlement.settle(load.custody(), new Custody.Change(List.of(), after));
      stories.forEach(Runnable::run);
    } catch (RuntimeException e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("not-settled");
    }
  }

  private static Answer.Deferred silence() {
    return new Answer.Deferred("4.3.0", Optional.empty(), "The carrier gave no answer");
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static String words(Duration time) {
    if (time.toDaysPart() > 0) {
      return time.toDays() == 1 ? "a day" : time.toDays() + " days";
    }
    return time.toHours() > 0 ? time.toHours() + " hours" : time.toMinutes() + " minutes";
  }
}
