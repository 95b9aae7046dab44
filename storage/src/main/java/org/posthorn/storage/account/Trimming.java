package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.posthorn.storage.engine.Page;

/// Lets go of the history of an account that has had its time, in bounded steps: first changes and
/// what they took out of mailboxes, and with the same commit it is said from which version on the
/// history is whole; then the emails that nothing needs any more.
///
/// Which emails those are is found beside the account's changes, without a lock: first all
/// placements are read, then what the history knows to have vanished. A message that is moved
/// meanwhile from a mailbox that was not read yet to one that was is seen as vanished: in the
/// commit that takes it away, or, of a large change, in one of the next, which are waited for
/// between the two. And an email that nothing needs is needed never again, since only what is in a
/// mailbox or in the history can be placed.
///
/// A clock may have been ahead for a while: what was done then is as old as what was done next.
/// Used by one thread.
final class Trimming {
  /// Changes that are forgotten at once.
  private static final int CHANGES_AT_ONCE = 1_000;

  private static final int EMAILS_AT_ONCE = 500;
  private static final Actor NOBODY = new Actor("", "", "");

  private final Account account;
  private final Rows rows;
  private final Instant now;
  private final Breath breath;

  /// Called between steps, so that whoever trims takes its time; false: stop.
  interface Breath {
    boolean goOn();
  }

  /// What was forgotten.
  record Forgotten(long changes, long emails) {}

  Trimming(Account account, Instant now, Breath breath) {
    this.account = account;
    this.rows = account.rows();
    this.now = now;
    this.breath = breath;
  }

  /// Whether there is anything to do, for one look; a first change from the future may have old
  /// ones behind it.
  static boolean isDue(Rows rows, Instant before, Instant now) {
    return !rows.first(Keys.forgotten(), 1).isEmpty()
        || rows.first(Keys.changes(), 1).stream()
            .map(row -> ChangeRow.when(row.value()))
            .anyMatch(when -> when.isBefore(before) || when.isAfter(now));
  }

  /// Forgets what was done before a time.
  Forgotten trim(Instant before) {
    long changes = 0;
    Optional<OldHistory> old = old(before);
    while (old.isPresent()) {
      OldHistory piece = old.get();
      var _ =
          account.change(
              NOBODY,
              draft -> {
                ((Draft) draft).trimming().forget(piece);
                return draft;
              });
      changes += piece.until() - piece.after();
      old = breath.goOn() ? old(before) : Optional.empty();
    }
    return new Forgotten(changes, breath.goOn() ? forgetEmails() : 0);
  }

  /// For changes of which a repair knew no more than that they were made.
  private Set<Integer> emptiedUntil(long version) {
    Set<Integer> mailboxes = new HashSet<>();
    rows.each(
        Keys.vanished(),
        row -> {
          if (Keys.longAt(row.key(), 5) <= version) {
            mailboxes.add(Keys.intAt(row.key(), 1));
          }
        });
    return mailboxes;
  }

  /// The oldest changes, as far as they are older than `before`, or one that came after them is.
  private Optional<OldHistory> old(Instant before) {
    long after = account.exactSince();
    List<Change> page = account.history(after, CHANGES_AT_ONCE);
    List<Change> changes = page.subList(0, old(page, before));
    if (changes.isEmpty()) {
      return Optional.empty();
    }
    Set<Integer> mailboxes = new HashSet<>();
    Instant last = Instant.EPOCH;
    for (Change change : changes) {
      boolean isLater = change.when().isAfter(last) && change.when().isBefore(before);
      last = isLater ? change.when() : last;
      for (Change.Event event : change.events()) {
        emptied(event).ifPresent(mailbox -> mailboxes.add(mailbox.value()));
      }
    }
    long until = changes.getLast().version();
    if (changes.stream().anyMatch(change -> change.events().isEmpty())) {
      mailboxes.addAll(emptiedUntil(until));
    }
    List<Long> emails = new ArrayList<>();
    for (int mailbox : mailboxes) {
      rows.between(
          Keys.vanished(mailbox, 0),
          Keys.vanished(mailbox, until + 1),
          row -> VanishedRows.read(row.value()).forEach(gone -> emails.add(gone.emailId())));
    }
    return Optional.of(new OldHistory(after, until, last, mailboxes, emails));
  }

  /// How many of these changes have had their time. A young one stays, whatever a clock that was
  /// behind for a while has dated after it.
  private int old(List<Change> page, Instant before) {
    int count = 0;
    int seen = 0;
    while (seen < page.size() && isOldOrToCome(page.get(seen), before)) {
      count = page.get(seen).when().isBefore(before) ? seen + 1 : count;
      seen++;
    }
    boolean allToCome = count == 0 && seen == page.size();
    return allToCome && goesOnInTheFuture(page) && isFollowedByOld(page, before)
        ? page.size()
        : count;
  }

  private boolean isOldOrToCome(Change change, Instant before) {
    return change.when().isBefore(before) || change.when().isAfter(now);
  }

  private boolean isFollowedByOld(List<Change> first, Instant before) {
    List<Change> page = first;
    while (goesOnInTheFuture(page)) {
      page = account.history(page.getLast().version(), CHANGES_AT_ONCE);
      boolean isFollowed =
          page.stream()
              .takeWhile(change -> isOldOrToCome(change, before))
              .anyMatch(change -> change.when().isBefore(before));
      if (isFollowed) {
        return true;
      }
    }
    return false;
  }

  private boolean goesOnInTheFuture(List<Change> page) {
    return page.size() == CHANGES_AT_ONCE && page.getLast().when().isAfter(now);
  }

  /// The mailbox that messages were taken out of.
  private static Optional<MailboxId> emptied(Change.Event event) {
    return switch (event) {
      case Change.Moved(var from, _, _, _) -> Optional.of(from);
      case Change.Expunged(var from, _) -> Optional.of(from);
      case Change.Deleted(var from, _, _) -> Optional.of(from);
      case Change.Created _,
          Change.Renamed _,
          Change.Subscribed _,
          Change.Appended _,
          Change.Copied _,
          Change.Flagged _,
          Change.BroughtBack _,
          Change.Restored _,
          Change.Repaired _,
          Change.UseSet _,
          Change.AclSet _,
          Change.SeenBy _,
          Change.Annotated _,
          Change.RetentionSet _,
          Change.Owned _,
          Change.QuotaSet _ ->
          Optional.empty();
    };
  }

  private long forgetEmails() {
    List<byte[]> notes = new ArrayList<>();
    var candidates = LongStream.builder();
    rows.each(
        Keys.forgotten(),
        note -> {
          notes.add(note.key());
          Arrays.stream(OldHistory.emailsOf(note.value())).forEach(candidates::add);
        });
    long[] emails = candidates.build().sorted().distinct().toArray();
    List<Long> dead = emails.length == 0 ? List.of() : dead(emails);
    long count = 0;
    for (int from = 0; from < dead.size(); from += EMAILS_AT_ONCE) {
      List<Long> some = dead.subList(from, Math.min(dead.size(), from + EMAILS_AT_ONCE));
      count += account.change(NOBODY, draft -> ((Draft) draft).trimming().forgetEmails(some));
      if (!breath.goOn()) {
        return count;
      }
    }
    if (count > 0) {
      new ThreadTrimming(account, breath).run();
    }
    if (!notes.isEmpty()) {
      var _ =
          account.change(
              NOBODY,
              draft -> {
                ((Draft) draft).trimming().forgetNotes(notes);
                return draft;
              });
    }
    return count;
  }

  /// Those that are neither in a mailbox nor in the history.
  private List<Long> dead(long[] emails) {
    var needed = new BitSet(emails.length);
    LongConsumer need =
        email -> {
          int index = Arrays.binarySearch(emails, email);
          if (index >= 0) {
            needed.set(index);
          }
        };
    rows.each(Keys.placements(), row -> need.accept(Placement.emailId(row.value())));
    awaitLargeChange();
    rows.each(
        Keys.vanished(),
        (Page.Row row) ->
            VanishedRows.read(row.value()).forEach(gone -> need.accept(gone.emailId())));
    List<Long> dead = new ArrayList<>();
    for (int i = needed.nextClearBit(0); i < emails.length; i = needed.nextClearBit(i + 1)) {
      dead.add(emails[i]);
    }
    return dead;
  }

  /// What it took out of mailboxes is in the history when this returns.
  private void awaitLargeChange() {
    while (rows.hasLargeChange()) {
      var _ = account.alone(() -> true);
    }
  }
}
