package org.posthorn.spool;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.report.RecipientReport;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What becomes of the recipients of one load after a try, or after one that was not made: found
/// row by row, then written down together by [#settle]. Confined to one thread.
final class Aftermath {
  private static final Logger log = LoggerFactory.getLogger(Aftermath.class);
  static final Place BOUNCES = new Place(Chain.BOUNCES, "");
  private static final Place DEAD_LETTERS = new Place(Chain.DEAD_LETTERS, "");

  /// Delivery time expired (RFC 3463 §3.5).
  private static final String EXPIRED = "5.4.7";

  private static final String TOO_LATE = "The time in which it was to be delivered is over";

  /// Mail system congestion (RFC 3463 §3.5).
  private static final String CONGESTION = "4.4.5";

  private static final String ITS_TURN = "It waits for its turn: many others were first";
  private static final Answer.Deferred SILENCE =
      new Answer.Deferred(
          "4.3.0", Optional.empty(), "The carrier gave no answer", "", Answer.Extent.NOWHERE);

  /// Where it is written down and told. `refusals` hears of each user of ours whose mail another
  /// server has refused.
  record Desk(
      Settlement settlement,
      Reports reports,
      Story story,
      Terms.Kinds terms,
      Consumer<MailAddress> refusals) {}

  private final Desk desk;
  private final Custody.Claim load;
  private final Instant now;
  private final Wishes wishes;
  private final Terms terms;
  private final Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
  private final Set<MailForm> forms = new LinkedHashSet<>();

  /// How the connection was protected over which a recipient was refused.
  private final Map<Integer, String> tls = new HashMap<>();

  /// Told when the rows are durable.
  private final List<Runnable> stories = new ArrayList<>();

  /// Whose senders are to hear that a server took the mail that will not report success itself.
  private final List<QueuedRecipient> relayed = new ArrayList<>();

  /// The same, of those whose sender wants to hear of it for the time that was set (RFC 2852).
  private final List<QueuedRecipient> timed = new ArrayList<>();

  /// Whose mail is where it stays (RFC 3461 §5.2.3).
  private final List<QueuedRecipient> stored = new ArrayList<>();

  private final List<QueuedRecipient> delayed = new ArrayList<>();

  Aftermath(Desk desk, Custody.Claim load, Instant now) {
    this.desk = desk;
    this.load = load;
    this.now = now;
    this.wishes = load.custody().options().wishes();
    this.terms = desk.terms().of(load.custody().form(load.form()).sender(), load.priority());
  }

  /// The time of all of them is up (RFC 2852).
  void overdue() {
    load.rows().forEach(row -> failed(row, EXPIRED, Optional.empty(), TOO_LATE, row.lastTry()));
  }

  /// What was said to each of them.
  void answered(Map<Recipient, Answer> answers) {
    for (QueuedRecipient row : load.rows()) {
      Answer answer = answers.getOrDefault(Rows.recipient(row), SILENCE);
      tls.put(row.number(), answer.tls());
      switch (answer) {
        case Answer.Delivered delivered -> delivered(row, delivered);
        case Answer.Deferred deferral -> deferred(row, deferral, lastTry(row, answer));
        case Answer.Failed(String status, var remote, String text, String _, boolean _) -> {
          failed(row, status, remote, text, lastTry(row, answer));
          // What it cannot do, such as take so large a mail, is no word against the sender.
          remote
              .filter(_ -> RecipientReport.isReply(text))
              .flatMap(_ -> load.custody().arrival().login())
              .ifPresent(this::refused);
        }
      }
    }
  }

  /// None of them got anywhere, for this reason, but for those who have it.
  void gotNowhere(Map<Recipient, Answer> answers, Answer.Deferred why) {
    for (QueuedRecipient row : load.rows()) {
      Answer answer = answers.getOrDefault(Rows.recipient(row), why);
      if (answer instanceof Answer.Delivered delivered) {
        delivered(row, delivered);
      } else {
        deferred(row, why, lastTry(row, answer));
      }
    }
  }

  private Optional<Instant> lastTry(QueuedRecipient row, Answer answer) {
    return answer.tried() ? Optional.of(now) : row.lastTry();
  }

  /// The destination is left alone until `due`: no try was made, so none is counted. Without a
  /// reason it is only that many others were first: nobody hears of that before it takes long, and
  /// then of what came of the last try, if there was one.
  void postponed(Instant due, Optional<QueuedRecipient.Answer> why) {
    for (QueuedRecipient row : load.rows()) {
      Instant date = terms.nextDate(wishes, load.begins(), row.delayTold());
      if (why.isPresent() || !now.isBefore(date)) {
        later(
            row.postponedTo(wishes.giveUpAt(due)),
            why.or(row::answer)
                .filter(said -> !said.failed())
                .orElseGet(this::itsTurn)
                .lastTried(row.lastTry()),
            /* tried= */ false);
      } else {
        becomes(row.postponedTo(earlier(due, date)));
      }
    }
  }

  private QueuedRecipient.Answer itsTurn() {
    return new QueuedRecipient.Answer(CONGESTION, Optional.empty(), ITS_TURN, now, false);
  }

  /// Durable when it returns; throws as [Settlement#settle] does, and only where that does: what is
  /// durable must not be settled once more.
  void settle() {
    boolean reported = report();
    desk.settlement().settle(load.custody(), new Custody.Change(List.copyOf(forms), after));
    stories.forEach(this::tell);
    if (!reported) {
      report();
    }
  }

  private void tell(Runnable story) {
    try {
      story.run();
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("not-told");
    }
  }

  private void delivered(QueuedRecipient row, Answer.Delivered delivered) {
    after.put(row.number(), Optional.empty());
    stories.add(() -> desk.story().relayed(load.custody().id(), row, delivered));
    boolean asked = !delivered.stored() && wishes.tellsOfRelay(delivered.deadlinePassedOn());
    if (asked || !delivered.notificationsPassedOn()) {
      (delivered.stored() ? stored : asked ? timed : relayed)
          .add(
              row.withAnswer(
                  new QueuedRecipient.Answer(
                      "2.0.0",
                      Optional.of(delivered.remote()),
                      delivered.text(),
                      now,
                      false,
                      Optional.of(now))));
    }
  }

  /// After a try that brought nothing: the next one by the schedule.
  private void deferred(QueuedRecipient row, Answer.Deferred why, Optional<Instant> lastTry) {
    int attempts = row.attempts() + 1;
    Instant due = now.plus(terms.schedule().after(attempts).orElseThrow());
    later(
        row.afterAttempt(attempts, due),
        new QueuedRecipient.Answer(why.status(), why.remote(), why.text(), now, false, lastTry),
        /* tried= */ true);
  }

  /// `row` is due later, and `said` is why; the sender hears of it when it is time for that. After
  /// its time it has failed.
  private void later(QueuedRecipient row, QueuedRecipient.Answer said, boolean tried) {
    Instant begins = load.begins();
    Instant deadline = begins.plus(terms.giveUpAfter());
    if (wishes.isOverdue(now)) {
      failed(row, EXPIRED, said.remote(), atTheEnd(TOO_LATE, said), said.lastTry());
    } else if (!now.isBefore(deadline)) {
      String end = "Gave up after " + terms.patienceInWords();
      failed(row, said.status(), said.remote(), atTheEnd(end, said), said.lastTry());
    } else {
      Optional<Instant> noticeAt =
          row.delayTold() ? Optional.empty() : terms.noticeAt(wishes, begins);
      boolean tell = noticeAt.filter(at -> !now.isBefore(at)).isPresent();
      Instant due = earlier(row.due(), wishes.giveUpAt(deadline));
      if (!tell) {
        due = earlier(due, noticeAt.orElse(due));
      }
      waits(row.postponedTo(due).withAnswer(said), tell, tried);
    }
  }

  /// What another server said last stays its own words (RFC 3461 §9.2).
  private static String atTheEnd(String end, QueuedRecipient.Answer said) {
    return said.remote().isPresent() && RecipientReport.isReply(said.text())
        ? said.text()
        : end + ": " + said.text();
  }

  private void waits(QueuedRecipient row, boolean tell, boolean tried) {
    QueuedRecipient told = tell ? row.afterDelayNotice() : row;
    if (tell) {
      delayed.add(told);
    }
    stories.add(() -> desk.story().deferred(load.custody().id(), told, tls(told), tried));
    becomes(told);
  }

  private void failed(
      QueuedRecipient row,
      String status,
      Optional<String> remote,
      String text,
      Optional<Instant> lastTry) {
    QueuedRecipient failed =
        row.withAnswer(new QueuedRecipient.Answer(status, remote, text, now, true, lastTry));
    stories.add(() -> desk.story().failed(load.custody().id(), failed, tls(failed)));
    Custody custody = load.custody();
    MailForm form =
        custody.formWith(row.form(), Notes.failed(custody.form(row.form()).attributes()));
    forms.add(form);
    Place to = isLast(row, form) ? DEAD_LETTERS : BOUNCES;
    becomes(
        Rows.updated(failed, form.number(), Rows.recipient(failed), now)
            .moved(new RecipientState.Waiting(to), now));
  }

  /// What cannot be counted fails twice.
  private static boolean isLast(QueuedRecipient row, MailForm form) {
    boolean again = Rows.hasFailed(row);
    return Notes.failedTooOften(form.attributes()).isPresent()
        || (again && Notes.uncounted(form.attributes()));
  }

  private String tls(QueuedRecipient row) {
    return tls.getOrDefault(row.number(), "");
  }

  private void refused(MailAddress login) {
    stories.add(() -> desk.refusals().accept(login));
  }

  private void becomes(QueuedRecipient row) {
    after.put(row.number(), Optional.of(row));
  }

  /// Reports come before the rows change: after a crash between the two the mail is tried again and
  /// the report is not sent twice. But what the other side said is written down in any case.
  private boolean report() {
    Custody custody = load.custody();
    try {
      relayed(relayed, /* asked= */ false);
      relayed(timed, /* asked= */ true);
      if (!stored.isEmpty()) {
        desk.reports().stored(custody.mail(load.form(), stored), stored, now);
      }
      if (!delayed.isEmpty()) {
        Instant until = wishes.giveUpAt(load.begins().plus(terms.giveUpAfter()));
        desk.reports()
            .delayed(custody.mail(load.form(), delayed), delayed, now, Optional.of(until));
      }
      return true;
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", custody.id()).setCause(e).log("report-failed");
      return false;
    }
  }

  private void relayed(List<QueuedRecipient> rows, boolean asked) {
    if (!rows.isEmpty()) {
      desk.reports().relayed(load.custody().mail(load.form(), rows), rows, asked, now);
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
