package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Via;
import org.posthorn.storage.queue.SubmissionKey;

/// One mail in our hands while somebody works on it: the rows as they are in the store, and which
/// of them are claimed. A claim makes its rows the claimer's alone, so several threads work on one
/// mail (different destinations) without waiting for each other. Safe for use by many threads.
final class Custody {
  private final MailId id;
  private final Arrival arrival;
  private final Origin origin;
  private final NewMail.Options options;
  private final ContentStore contents;
  private final Acceptance acceptance;
  private final Map<Integer, MailForm> forms = new TreeMap<>();

  /// Forms that are not in the store yet.
  private final Map<Integer, MailForm> newForms = new TreeMap<>();

  private final Map<Integer, SpooledMessage> messages = new HashMap<>();
  private final TreeMap<Integer, QueuedRecipient> rows = new TreeMap<>();
  private final Set<Integer> claimed = new HashSet<>();
  private final Set<SubmissionKey> submitted = new HashSet<>();

  /// Rows whose removal is on its way to the store.
  private final Set<Integer> leaving = new HashSet<>();

  /// New rows that are on their way to the store.
  private final Set<Integer> coming = new HashSet<>();

  /// The change that takes the forms away; only one does.
  private @Nullable Change finisher;

  /// No mail may be made on behalf of this one any more.
  private boolean lineEnd;

  /// Where its story begins, if it was accepted while this object is here.
  private volatile long toldAt = Long.MAX_VALUE;

  private int nextRow;
  private int nextForm;

  /// Held while a mail is looked for that was made on behalf of this one, and made if there is
  /// none. Not this object's monitor: it is held while the disk is waited for.
  private final Lock submitting = new ReentrantLock();

  /// How many hold this object; guarded by [Custodies].
  int pins;

  /// Of a mail that is in the store.
  Custody(QueuedMail mail, ContentStore contents) {
    this(mail, contents, Acceptance.DONE);
  }

  Custody(QueuedMail mail, ContentStore contents, Acceptance acceptance) {
    this.acceptance = acceptance;
    this.id = mail.id();
    this.arrival = mail.arrival();
    this.origin = Rows.origin(mail.arrival());
    this.options = Rows.options(mail.arrival());
    this.contents = contents;
    for (MailForm form : mail.forms()) {
      forms.put(form.number(), form);
      nextForm = form.number() + 1;
    }
    for (QueuedRecipient row : mail.recipients()) {
      rows.put(row.number(), row);
      nextRow = row.number() + 1;
    }
    submitted.addAll(mail.submitted());
  }

  /// Rows of one mail, at least one, that are dealt with together and are the claimer's alone until
  /// [#release].
  record Claim(Custody custody, List<QueuedRecipient> rows) {
    Claim {
      rows = List.copyOf(rows);
    }

    RecipientState state() {
      return rows.getFirst().state();
    }

    int form() {
      return rows.getFirst().form();
    }

    Mail mail() {
      return custody.mail(form(), rows);
    }

    /// How urgent it is (RFC 6710).
    int priority() {
      return custody.priority(form());
    }

    /// What its sender asked for, with the priority that counts.
    NewMail.Options options() {
      return custody.options().withPriority(priority());
    }

    /// From when on it could have been delivered.
    Instant begins() {
      Instant arrived = custody.arrival.begins();
      return Notes.waitedUntil(custody.form(form()).attributes())
          .filter(arrived::isBefore)
          .orElse(arrived);
    }

    Claim with(Claim other) {
      return new Claim(custody, Stream.concat(rows.stream(), other.rows.stream()).toList());
    }

    /// The same in pieces of at most so many rows; 0: in one.
    List<Claim> pieces(int rowsMax) {
      if (rowsMax == 0 || rows.size() <= rowsMax) {
        return List.of(this);
      }
      List<Claim> pieces = new ArrayList<>();
      for (int from = 0; from < rows.size(); from += rowsMax) {
        int to = Math.min(from + rowsMax, rows.size());
        pieces.add(new Claim(custody, rows.subList(from, to)));
      }
      return pieces;
    }

    /// Gives the rows back without saying when they come up again.
    void letGo() {
      var _ = custody.release(numbers());
    }

    List<Integer> numbers() {
      return rows.stream().map(QueuedRecipient::number).toList();
    }

    List<DueKey> dueKeys() {
      return rows.stream().map(row -> DueKey.of(custody.id, row)).toList();
    }
  }

  MailId id() {
    return id;
  }

  Arrival arrival() {
    return arrival;
  }

  NewMail.Options options() {
    return options;
  }

  /// How urgent the mail is of which nobody has seen more than one form: as it came in.
  int priority() {
    return rows().stream()
        .findFirst()
        .map(row -> priority(row.form()))
        .orElseGet(() -> options.wishes().priority());
  }

  int priority(int form) {
    return Notes.priority(form(form).attributes()).orElse(options.wishes().priority());
  }

  Acceptance acceptance() {
    return acceptance;
  }

  /// As it came in.
  synchronized MailForm firstForm() {
    return forms.values().iterator().next();
  }

  /// Who sent it, as it came in.
  synchronized Optional<MailAddress> sender() {
    return forms.values().stream().findFirst().flatMap(MailForm::sender);
  }

  /// Its acceptance is at this place of the story.
  void told(long place) {
    toldAt = place;
  }

  /// Up to where the story must be written before nothing else tells of the mail; `last` is where
  /// it is now.
  long toldAt(long last) {
    return Math.min(toldAt, last);
  }

  /// Whether `change` takes the mail away; known after [#difference].
  synchronized boolean isFinishedBy(Change change) {
    return change.equals(finisher);
  }

  /// Spares reading what is known already.
  synchronized void knows(SpooledMessage message, int form) {
    messages.put(form, message);
  }

  /// Claims all that is due and nobody has claimed.
  List<Claim> claimDue(Instant now) {
    return claim(row -> row.state().isDue() && !row.due().isAfter(now));
  }

  synchronized List<Claim> claim(Predicate<QueuedRecipient> which) {
    Map<Lane, List<QueuedRecipient>> lanes = new LinkedHashMap<>();
    for (QueuedRecipient row : rows.values()) {
      if (which.test(row) && claimed.add(row.number())) {
        lanes.computeIfAbsent(Lane.of(row), _ -> new ArrayList<>()).add(row);
      }
    }
    return lanes.values().stream().map(members -> new Claim(this, members)).toList();
  }

  /// Which recipients are in somebody's hands right now, or wait in line.
  synchronized Set<Integer> claimed() {
    return new HashSet<>(claimed);
  }

  synchronized List<QueuedRecipient> rows() {
    return List.copyOf(rows.values());
  }

  synchronized MailForm form(int number) {
    return formOf(number);
  }

  /// The mail as mailets see it, for these rows of one form.
  Mail mail(int form, List<QueuedRecipient> members) {
    MailForm known = form(form);
    return new Mail(
        id,
        known.sender(),
        members.stream().map(Rows::recipient).toList(),
        message(form),
        origin,
        known.attributes());
  }

  SpooledMessage message(int number) {
    MailForm form;
    synchronized (this) {
      SpooledMessage known = messages.get(number);
      if (known != null) {
        return known;
      }
      form = formOf(number);
    }
    StoredContent content =
        contents
            .find(form.content())
            .orElseThrow(
                () -> new IllegalStateException("Content " + form.content() + " is missing"));
    var message = new SpooledMessage(contents, content, form.prefix(), form.cuts(), options);
    knows(message, number);
    return message;
  }

  /// The form that has this sender, message and attributes; a new one where there is none yet.
  MailForm formFor(Mail mail) {
    if (!(mail.message() instanceof SpooledMessage given)) {
      throw new IllegalStateException("The message of mail " + id + " was made by somebody else");
    }
    SpooledMessage message = given.compact();
    synchronized (this) {
      for (Map<Integer, MailForm> known : List.of(forms, newForms)) {
        for (MailForm form : known.values()) {
          if (message.isIn(form)
              && form.sender().equals(mail.sender())
              && form.attributes().equals(mail.attributes())) {
            return form;
          }
        }
      }
      var form =
          new MailForm(
              nextForm++,
              mail.sender(),
              message.content().id(),
              message.prefix(),
              message.cuts(),
              mail.attributes());
      newForms.put(form.number(), form);
      messages.put(form.number(), message);
      return form;
    }
  }

  /// The form that is as this one but for its attributes; a new one where there is none yet. Other
  /// than [#formFor] it needs no content, which may be gone.
  synchronized MailForm formWith(int number, Map<String, String> attributes) {
    MailForm from = formOf(number);
    var wanted =
        new MailForm(
            nextForm, from.sender(), from.content(), from.prefix(), from.cuts(), attributes);
    return Stream.of(forms, newForms)
        .flatMap(known -> known.values().stream())
        .filter(form -> form.numbered(wanted.number()).equals(wanted))
        .findFirst()
        .orElseGet(() -> {
          nextForm++;
          newForms.put(wanted.number(), wanted);
          return wanted;
        });
  }

  synchronized int newRowNumber() {
    return nextRow++;
  }

  /// What makes `change` of the store's rows `before`: the difference, nothing where they agree.
  /// The forms go with the last row.
  synchronized QueueChange difference(Change change, Map<Integer, QueuedRecipient> before) {
    var difference = new QueueChange(id);
    for (MailForm form : change.forms()) {
      if (!forms.containsKey(form.number())) {
        difference.put(arrival, form);
      }
    }
    change
        .rows()
        .forEach((number, after) -> {
          @Nullable QueuedRecipient old = before.get(number);
          if (after.isEmpty()) {
            return;
          }
          if (!rows.containsKey(number)) {
            coming.add(number);
          }
          if (old == null) {
            difference.add(after.get());
          } else if (!after.get().equals(old)) {
            difference.replace(old, after.get());
          }
        });
    change
        .rows()
        .forEach((number, after) -> {
          @Nullable QueuedRecipient old = before.get(number);
          if (after.isEmpty()) {
            leaving.add(number);
            if (old != null) {
              difference.remove(old);
            }
          }
        });
    if (isLast(change) && (finisher == null || change.equals(finisher))) {
      finisher = change;
      difference.finish(forms.keySet(), submitted);
    }
    return difference;
  }

  /// Forgets a change of which [#difference] was told: it does not come to the store.
  synchronized void withdraw(Change change) {
    change
        .rows()
        .keySet()
        .forEach(number -> {
          leaving.remove(number);
          coming.remove(number);
        });
    if (change.equals(finisher)) {
      finisher = null;
    }
  }

  /// Whether this change serves all recipients, and there is nothing in the store of this mail, nor
  /// will there be.
  synchronized boolean servesUnwritten(Change change) {
    boolean serves =
        change.forms().isEmpty()
            && submitted.isEmpty()
            && finisher == null
            && change.rows().keySet().containsAll(rows.keySet())
            && change.rows().values().stream().allMatch(Optional::isEmpty)
            && acceptance.serve();
    if (serves) {
      finisher = change;
    }
    return serves;
  }

  /// Whether recipients are left after it.
  synchronized boolean leavesRows(Change change) {
    return change.rows().values().stream().anyMatch(Optional::isPresent)
        || !change.rows().keySet().containsAll(rows.keySet());
  }

  /// Rows of the store for [#difference], as far as this object knows them.
  synchronized Map<Integer, QueuedRecipient> known() {
    return new HashMap<>(rows);
  }

  /// Takes over what is durable now.
  synchronized void apply(Change change) {
    change
        .forms()
        .forEach(form -> {
          newForms.remove(form.number());
          forms.put(form.number(), form);
        });
    change
        .rows()
        .forEach((number, after) -> {
          leaving.remove(number);
          coming.remove(number);
          after.ifPresentOrElse(row -> rows.put(number, row), () -> rows.remove(number));
        });
  }

  /// Waits until nobody works on the recipients of this address, at most so long. False when
  /// somebody still does. Whatever state they are in: it is in the rows before they are given back.
  synchronized boolean awaitRest(Predicate<MailAddress> addresses, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (rows.values().stream()
        .anyMatch(row -> claimed.contains(row.number()) && addresses.test(row.address()))) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /// Gives rows back; returns those that are due some time.
  synchronized List<DueKey> release(Iterable<Integer> numbers) {
    List<DueKey> due = new ArrayList<>();
    for (int number : numbers) {
      claimed.remove(number);
      @Nullable QueuedRecipient row = rows.get(number);
      if (row != null && row.state().isDue()) {
        due.add(DueKey.of(id, row));
      }
    }
    notifyAll();
    return due;
  }

  /// Makes new rows the claimer's, as those are that it claimed.
  synchronized void claimNew(Iterable<Integer> numbers) {
    numbers.forEach(claimed::add);
  }

  /// Lets one thread after the other make mails on behalf of this one.
  MailId alone(Supplier<MailId> submission) {
    submitting.lock();
    try {
      return submission.get();
    } finally {
      submitting.unlock();
    }
  }

  /// Takes note that a mail is made on behalf of this one, for when this one goes. False when it is
  /// gone already: then nothing will repeat the step that makes it.
  synchronized boolean remembers(SubmissionKey key) {
    if (finisher == null) {
      submitted.add(key);
    }
    return finisher == null;
  }

  Origin origin() {
    return origin;
  }

  /// From now on no mail is made on behalf of this one, and the step that wants to is not tried
  /// again.
  synchronized IllegalStateException endsLine(String why) {
    lineEnd = true;
    return new IllegalStateException(why);
  }

  synchronized boolean isLineEnd() {
    return lineEnd;
  }

  synchronized Map<Integer, MailForm> forms() {
    return new TreeMap<>(forms);
  }

  /// Rows as they shall be (empty: gone), and forms that are new. Rows that are not named stay.
  record Change(List<MailForm> forms, Map<Integer, Optional<QueuedRecipient>> rows) {
    boolean isEmpty() {
      return forms.isEmpty() && rows.isEmpty();
    }

    /// What these rows become, and those that are new.
    Collection<QueuedRecipient> onto(List<QueuedRecipient> before) {
      Map<Integer, QueuedRecipient> after = new TreeMap<>();
      before.forEach(row -> after.put(row.number(), row));
      rows.forEach((number, row) ->
          row.ifPresentOrElse(one -> after.put(number, one), () -> after.remove(number)));
      return after.values();
    }
  }

  private MailForm formOf(int number) {
    MailForm form = forms.get(number);
    if (form == null) {
      throw new IllegalStateException("Mail " + id + " has no form " + number);
    }
    return form;
  }

  private boolean isLast(Change change) {
    if (!coming.isEmpty()) {
      return false;
    }
    for (int number : rows.keySet()) {
      if (!leaving.contains(number)) {
        return false;
      }
    }
    return change.rows().values().stream().allMatch(Optional::isEmpty);
  }

  /// What rows have in common that are dealt with together. Recipients of one mail that go through
  /// the same smarthost travel together whatever their domain is; those in the chain have been
  /// tried equally often; those that are to be reported failed together: so a report that is made
  /// again after a crash is about the same recipients, and known to be made already.
  private record Lane(
      int form,
      int attempts,
      Optional<Via> via,
      Optional<RecipientState> state,
      Optional<Instant> failedAt) {
    static Lane of(QueuedRecipient row) {
      return switch (row.state()) {
        case RecipientState.Outgoing(_, Optional<Via> via) when via.isPresent() ->
            new Lane(row.form(), 0, via, Optional.empty(), Optional.empty());
        case RecipientState.Outgoing _ ->
            new Lane(row.form(), 0, Optional.empty(), Optional.of(row.state()), Optional.empty());
        case RecipientState.Waiting _, RecipientState.Held _, RecipientState.Parked _ ->
            new Lane(
                row.form(),
                row.attempts(),
                Optional.empty(),
                Optional.of(row.state()),
                row.answer()
                    .filter(QueuedRecipient.Answer::failed)
                    .map(QueuedRecipient.Answer::at));
      };
    }
  }
}
