package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueCounts;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RowDamaged;

/// What an operator may do with the queue: look, try now, hold, release, drop. Recipients that
/// somebody works on at the moment are left alone and counted as busy. Safe for use by many
/// threads.
public final class QueueAdministration {
  /// So many mails are looked at for one page, however few of them match.
  private static final int LOOKED_AT_MAX = 20_000;

  private static final int PAGE_MAX = 1_000;

  private final QueueStore queue;
  private final Custodies custodies;
  private final Settlement settlement;
  private final Destinations destinations;
  private final DueWindow window;
  private final InstantSource clock;

  QueueAdministration(
      QueueStore queue,
      Custodies custodies,
      Settlement settlement,
      Destinations destinations,
      DueWindow window,
      InstantSource clock) {
    this.queue = queue;
    this.custodies = custodies;
    this.settlement = settlement;
    this.destinations = destinations;
    this.window = window;
    this.clock = clock;
  }

  /// Which recipients are meant; what is absent does not matter. `sender` and `recipient` are parts
  /// of an address in any case, `<>` the null sender; `destination` is a domain or a smarthost.
  public record Filter(
      Optional<String> sender,
      Optional<String> recipient,
      Optional<String> destination,
      Optional<Condition> condition,
      Optional<Duration> olderThan) {
    public static final Filter ALL =
        new Filter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  /// The word for a recipient's state.
  public enum Condition {
    /// In the chain.
    WAITING,
    /// On its way to another server.
    OUTGOING,
    /// Stopped by an operator.
    HELD,
    /// In the dead letters.
    DEAD;

    public static Condition of(RecipientState state) {
      return switch (state) {
        case RecipientState.Waiting _ -> WAITING;
        case RecipientState.Outgoing _ -> OUTGOING;
        case RecipientState.Held _ -> HELD;
        case RecipientState.Dead _ -> DEAD;
      };
    }
  }

  /// A mail with those of its recipients that were asked for.
  public record Entry(
      MailId id,
      Optional<MailAddress> sender,
      Instant received,
      List<QueuedRecipient> recipients) {}

  /// `next` goes into the next call; absent when there are no more.
  public record EntryPage(List<Entry> entries, Optional<MailId> next) {}

  /// How many recipients it was done to, and how many were busy.
  public record Done(int recipients, int busy) {
    Done plus(Done other) {
      return new Done(recipients + other.recipients, busy + other.busy);
    }
  }

  /// Mails that have matching recipients, oldest first, after `after` (empty: from the first).
  public EntryPage list(Filter filter, Optional<MailId> after, int limit) {
    int wanted = Math.clamp(limit, 1, PAGE_MAX);
    List<Entry> entries = new ArrayList<>();
    Optional<MailId> last = after;
    int lookedAt = 0;
    while (entries.size() < wanted && lookedAt < LOOKED_AT_MAX) {
      List<MailId> ids = queue.ids(last, Math.min(PAGE_MAX, wanted));
      if (ids.isEmpty()) {
        return new EntryPage(entries, Optional.empty());
      }
      for (MailId id : ids) {
        last = Optional.of(id);
        lookedAt++;
        find(id).flatMap(mail -> entry(mail, filter)).ifPresent(entries::add);
        if (entries.size() == wanted) {
          break;
        }
      }
    }
    return new EntryPage(entries, last);
  }

  /// All that is known about a mail in the queue.
  public Optional<QueuedMail> show(MailId id) {
    return queue.find(id);
  }

  public QueueCounts count() {
    return queue.counts();
  }

  /// Destinations that nobody could reach lately, and until when they are left alone.
  public Map<String, Instant> unreachable() {
    return destinations.leftAlone(clock.instant());
  }

  /// Tries now what waits for its time; runs dead letters again from the step where they died.
  public Done retry(MailId id, Filter filter) {
    Instant now = clock.instant();
    return change(
        id,
        filter,
        "retry",
        row ->
            switch (row.state()) {
              case RecipientState.Waiting _ -> Optional.of(row.postponedTo(now));
              case RecipientState.Outgoing state -> {
                destinations.forgive(Destinations.Key.of(state));
                yield Optional.of(row.postponedTo(now));
              }
              case RecipientState.Dead(var place, _) ->
                  Optional.of(row.moved(new RecipientState.Waiting(place), now));
              case RecipientState.Held _ -> Optional.of(row);
            });
  }

  /// Stops recipients where they are, until they are released.
  public Done hold(MailId id, Filter filter) {
    return change(
        id,
        filter,
        "hold",
        row ->
            switch (row.state()) {
              case RecipientState.Waiting _, RecipientState.Outgoing _ ->
                  Optional.of(row.moved(new RecipientState.Held(row.state()), row.due()));
              case RecipientState.Held _, RecipientState.Dead _ -> Optional.of(row);
            });
  }

  /// Lets held recipients go on at once.
  public Done release(MailId id, Filter filter) {
    Instant now = clock.instant();
    return change(
        id,
        filter,
        "release",
        row ->
            row.state() instanceof RecipientState.Held(RecipientState before)
                ? Optional.of(row.moved(before, now))
                : Optional.of(row));
  }

  /// Forgets recipients: nobody is told.
  public Done drop(MailId id, Filter filter) {
    return change(id, filter, "drop", _ -> Optional.empty());
  }

  private Done change(
      MailId id,
      Filter filter,
      String what,
      Function<QueuedRecipient, Optional<QueuedRecipient>> edit) {
    Optional<Custody> pinned = custodies.pin(id);
    if (pinned.isEmpty()) {
      return new Done(0, 0);
    }
    Custody mail = pinned.get();
    try {
      Predicate<QueuedRecipient> meant = meant(mail, filter);
      long all = mail.rows().stream().filter(meant).count();
      List<Custody.Claim> claims = mail.claim(meant);
      Done done = new Done(0, 0);
      for (Custody.Claim claim : claims) {
        done = done.plus(change(claim, edit));
      }
      if (done.recipients() > 0) {
        Story.administered(id, what, done.recipients());
      }
      int claimed = claims.stream().mapToInt(claim -> claim.rows().size()).sum();
      return new Done(done.recipients(), (int) Math.max(0, all - claimed));
    } finally {
      custodies.unpin(mail);
    }
  }

  private Done change(
      Custody.Claim claim, Function<QueuedRecipient, Optional<QueuedRecipient>> edit) {
    window.removeAll(claim.dueKeys());
    try {
      Map<Integer, Optional<QueuedRecipient>> after = new TreeMap<>();
      for (QueuedRecipient row : claim.rows()) {
        Optional<QueuedRecipient> edited = edit.apply(row);
        if (!edited.equals(Optional.of(row))) {
          after.put(row.number(), edited);
        }
      }
      if (!after.isEmpty()) {
        settlement.settle(claim.custody(), new Custody.Change(List.of(), after));
      }
      return new Done(after.size(), 0);
    } finally {
      settlement.release(claim.custody(), claim.numbers());
    }
  }

  private Optional<QueuedMail> find(MailId id) {
    try {
      return queue.find(id);
    } catch (RowDamaged _) {
      return Optional.empty(); // The consistency walk names it.
    }
  }

  private Optional<Entry> entry(QueuedMail mail, Filter filter) {
    Optional<MailAddress> sender = mail.forms().getFirst().sender();
    List<QueuedRecipient> recipients =
        mail.recipients().stream()
            .filter(row -> matches(filter, mail.form(row.form()), row, mail.arrival().received()))
            .toList();
    return recipients.isEmpty()
        ? Optional.empty()
        : Optional.of(new Entry(mail.id(), sender, mail.arrival().received(), recipients));
  }

  private Predicate<QueuedRecipient> meant(Custody mail, Filter filter) {
    Map<Integer, MailForm> forms = mail.forms();
    return row ->
        matches(
            filter, Objects.requireNonNull(forms.get(row.form())), row, mail.arrival().received());
  }

  private boolean matches(Filter filter, MailForm form, QueuedRecipient row, Instant received) {
    return filter.sender().map(part -> isSender(part, form.sender())).orElse(true)
        && filter.recipient().map(part -> contains(row.address().toString(), part)).orElse(true)
        && filter.destination().map(name -> isDestination(name, row.state())).orElse(true)
        && filter.condition().map(word -> word == Condition.of(row.state())).orElse(true)
        && filter.olderThan().map(age -> received.plus(age).isBefore(clock.instant())).orElse(true);
  }

  private static boolean isSender(String part, Optional<MailAddress> sender) {
    return part.equals("<>")
        ? sender.isEmpty()
        : sender.map(address -> contains(address.toString(), part)).orElse(false);
  }

  private static boolean isDestination(String name, RecipientState state) {
    return switch (state) {
      case RecipientState.Outgoing outgoing ->
          Destinations.Key.of(outgoing).name().equalsIgnoreCase(name)
              || outgoing.domain().ascii().equalsIgnoreCase(name);
      case RecipientState.Held(RecipientState before) -> isDestination(name, before);
      case RecipientState.Waiting _, RecipientState.Dead _ -> false;
    };
  }

  private static boolean contains(String text, String part) {
    return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }
}
