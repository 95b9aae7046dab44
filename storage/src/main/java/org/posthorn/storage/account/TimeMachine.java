package org.posthorn.storage.account;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.posthorn.storage.StorageUnavailable;

/// The past of an account: what was changed, and how to have it back. Safe for use by many threads.
///
/// A restore never rewrites what happened: it is one change more, which makes of the account what
/// it was, and which can be undone as any other. Messages that are still there keep their UIDs,
/// those that come back get new ones, and so does a mailbox its UIDVALIDITY: nothing that a client
/// knows becomes wrong, so the account's epoch stays.
public final class TimeMachine {
  /// A plan is made beside the account's changes so often, and then amid them.
  private static final int UNDISTURBED_TRIES = 3;

  private static final int TRIES = 50;
  private static final int LOOKED_UP_AT_ONCE = 500;

  private final Account account;

  /// That the account changed while a plan was made for it.
  private static final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Overtaken() {
      super(null, null, false, false);
    }
  }

  public TimeMachine(Account account) {
    this.account = account;
  }

  /// The changes up to version `from`, newest first and down to where the history begins, as long
  /// as `each` wants more.
  public void backwards(long from, Predicate<Change> each) {
    backwards(account.exactSince(), from, each);
  }

  private void backwards(long after, long from, Predicate<Change> each) {
    var pieces = new Pieces(each);
    account
        .rows()
        .backwards(
            Keys.change(after + 1),
            Keys.change(from + 1),
            row -> pieces.take(Keys.longAt(row.key(), 1), row.value()));
    pieces.end();
  }

  /// The version that the account had at a time.
  public long versionAt(Instant time) {
    var found = new long[1];
    var oldest = new Instant[] {Instant.MAX};
    backwards(
        account.version(),
        change -> {
          oldest[0] = change.when();
          if (change.when().isAfter(time)) {
            return true;
          }
          found[0] = change.version();
          return false;
        });
    if (found[0] > 0) {
      return found[0];
    }
    Instant begin = begin().orElse(oldest[0]);
    if (account.exactSince() > 0 && !begin.isAfter(time)) {
      return account.exactSince();
    }
    throw new MailboxException.HistoryTrimmed(
        "The history of this account begins at " + begin + ": name a later time");
  }

  /// When the oldest version was made that can be had back; empty where that is the first one.
  private Optional<Instant> begin() {
    return account.rows().get(Keys.history()).map(Rows::number).map(Instant::ofEpochMilli);
  }

  /// When a version was made; empty where the history does not know any more.
  public Optional<Instant> when(long version) {
    if (version == account.exactSince()) {
      return begin();
    }
    var found = new Instant[1];
    backwards(
        Math.max(account.exactSince(), version - 1),
        version,
        change -> {
          found[0] = change.when();
          return false;
        });
    return Optional.ofNullable(found[0]);
  }

  /// What a restore would do now.
  public RestorePlan plan(RestoreWish wish) {
    return planned(state -> planFor(wish, state, this::spine));
  }

  /// Makes the account, or a part of it, what it was: what was done is in the answer.
  public RestorePlan restore(Actor actor, RestoreWish wish) {
    return done(actor, spines -> state -> planFor(wish, state, spines));
  }

  private RestorePlan planFor(
      RestoreWish wish, AccountState state, Function<Mailbox, Spine> spines) {
    long version = wish.toVersion();
    check(version, state);
    var past = new Aftermath(state);
    backwards(
        version,
        state.row().version(),
        change -> {
          past.undo(change);
          return true;
        });
    List<RestoreStep> steps =
        new RestorePlanner(state, past, version, reader(state, spines))
            .plan(wish.scope(), wish.exact());
    return new RestorePlan(state, OptionalLong.of(version), withoutLost(steps));
  }

  /// Messages that were expunged and are not there again, the newest first, at most `limit` of
  /// those that are wished.
  public List<Gone> expunged(UndeleteWish wish, int limit) {
    for (int i = 0; ; i++) {
      try {
        AccountState state = account.state();
        List<Gone> all = new ArrayList<>();
        throughBin(
            state,
            new Bin(state, binReader(state, this::spine)),
            gone -> {
              if (gone.when().isBefore(wish.since()) || all.size() == limit) {
                return false;
              }
              if (wish.wants(gone)) {
                all.add(gone);
              }
              return true;
            });
        return all;
      } catch (Overtaken overtaken) {
        if (i == TRIES) {
          throw overtaken;
        }
      }
    }
  }

  private void throughBin(AccountState state, Bin bin, Predicate<Gone> each) {
    backwards(state.row().exactSince(), state.row().version(), change -> bin.take(change, each));
  }

  /// Brings expunged messages back: what was done is in the answer. Throws
  /// [MailboxException.NotFound] when one that was named is not among them.
  public RestorePlan undelete(Actor actor, UndeleteWish wish) {
    return done(actor, spines -> state -> undeletion(wish, state, spines));
  }

  private RestorePlan undeletion(
      UndeleteWish wish, AccountState state, Function<Mailbox, Spine> spines) {
    var bin = new Bin(state, binReader(state, spines));
    Map<MailboxName, List<Vanished>> back = new LinkedHashMap<>();
    Set<String> placed = new HashSet<>();
    Set<Long> missing = new HashSet<>(wish.emails().orElse(Set.of()));
    throughBin(
        state,
        bin,
        gone -> {
          if (gone.when().isBefore(wish.since())) {
            return false;
          }
          if (wish.wants(gone)) {
            long email = gone.message().emailId();
            missing.remove(email);
            MailboxName to = wish.into().orElseGet(() -> bin.target(gone.mailbox(), gone.name()));
            if (!bin.isIn(to, email) && placed.add(to.value() + " " + email)) {
              back.computeIfAbsent(to, _ -> new ArrayList<>()).add(gone.message());
            }
          }
          return true;
        });
    if (!missing.isEmpty()) {
      throw new MailboxException.NotFound(
          "has message E%d among its expunged ones".formatted(missing.iterator().next()));
    }
    wish.emails().ifPresent(_ -> back.values().forEach(this::checkReadable));
    back.replaceAll((_, messages) -> readable(messages));
    back.values().removeIf(List::isEmpty);
    List<RestoreStep> steps = new ArrayList<>();
    back.keySet().stream()
        .filter(name -> state.find(name).isEmpty())
        .forEach(name -> steps.add(new RestoreStep.CreateMailbox(name, bin.use(name))));
    back.forEach(
        (name, messages) -> steps.add(new RestoreStep.BringBack(name, messages.reversed())));
    return new RestorePlan(state, OptionalLong.empty(), steps);
  }

  private List<RestoreStep> withoutLost(List<RestoreStep> steps) {
    List<RestoreStep> readable = new ArrayList<>(steps.size());
    for (RestoreStep step : steps) {
      if (step instanceof RestoreStep.BringBack(var into, var messages)) {
        List<Vanished> some = readable(messages);
        if (!some.isEmpty()) {
          readable.add(new RestoreStep.BringBack(into, some));
        }
      } else {
        readable.add(step);
      }
    }
    return readable;
  }

  /// Those whose emails can be read. A mailbox with one that cannot be could not be read itself;
  /// `verify` names it, and what a repair makes readable again comes back the next time.
  private List<Vanished> readable(List<Vanished> messages) {
    List<Vanished> readable = new ArrayList<>(messages.size());
    for (int from = 0; from < messages.size(); from += LOOKED_UP_AT_ONCE) {
      List<Vanished> some =
          messages.subList(from, Math.min(messages.size(), from + LOOKED_UP_AT_ONCE));
      List<Optional<byte[]>> emails =
          account
              .rows()
              .getAll(some.stream().map(message -> Keys.email(message.emailId())).toList());
      for (int i = 0; i < some.size(); i++) {
        Vanished message = some.get(i);
        if (emails.get(i).filter(row -> isReadable(message.emailId(), row)).isPresent()) {
          readable.add(message);
        }
      }
    }
    return readable;
  }

  private boolean isReadable(long email, byte[] row) {
    try {
      var _ = EmailRow.Row.of(email, row, account.rows().key());
      return true;
    } catch (StorageUnavailable | IllegalArgumentException | IndexOutOfBoundsException _) {
      return false;
    }
  }

  private void checkReadable(List<Vanished> messages) {
    Set<Vanished> lost = new LinkedHashSet<>(messages);
    readable(messages).forEach(lost::remove);
    if (!lost.isEmpty()) {
      throw new MailboxException.NotFound(
          "can have message E%d back: its row is lost or damaged, `posthorn verify` names it"
              .formatted(lost.iterator().next().emailId()));
    }
  }

  /// Of one change at a time.
  private RestorePlanner.Reader binReader(AccountState state, Function<Mailbox, Spine> spines) {
    RestorePlanner.Reader all = reader(state, spines);
    return new RestorePlanner.Reader() {
      @Override
      public Spine spine(Mailbox mailbox) {
        return all.spine(mailbox);
      }

      @Override
      public List<Vanished> lost(int mailbox, long by) {
        return account.rows().vanished(mailbox, by - 1, by);
      }
    };
  }

  private void check(long version, AccountState state) {
    if (version < Math.max(1, state.row().exactSince())) {
      throw new MailboxException.HistoryTrimmed(
          "The history of this account begins at version %d%s: version %d is not known any more"
              .formatted(
                  Math.max(1, state.row().exactSince()),
                  begin().map(when -> ", of " + when).orElse(""),
                  version));
    }
    if (version > state.row().version()) {
      throw new MailboxException.NotPermitted(
          "Version %d is still to come: the account is at version %d"
              .formatted(version, state.row().version()));
    }
  }

  private RestorePlanner.Reader reader(AccountState state, Function<Mailbox, Spine> spines) {
    return new RestorePlanner.Reader() {
      @Override
      public Spine spine(Mailbox mailbox) {
        return spines.apply(mailbox);
      }

      @Override
      public List<Vanished> lost(int mailbox, long after) {
        return account.rows().vanished(mailbox, after, state.row().version());
      }
    };
  }

  /// How a plan is made for a state.
  private interface Planner {
    RestorePlan plan(AccountState state);
  }

  private RestorePlan planned(Planner planner) {
    for (int i = 0; i < UNDISTURBED_TRIES; i++) {
      try {
        AccountState state = account.state();
        RestorePlan plan = planner.plan(state);
        if (account.state() == state) {
          return plan;
        }
      } catch (Overtaken _) {
        // Once more.
      }
    }
    return planner.plan(account.state());
  }

  /// Plans and does it. Where the account changes all the time, the plan is made amid its changes:
  /// by whoever is the first of a round, so that no row is missing.
  private RestorePlan done(Actor actor, Function<Function<Mailbox, Spine>, Planner> planners) {
    for (int i = 0; i < TRIES; i++) {
      boolean amid = i >= UNDISTURBED_TRIES;
      try {
        Optional<RestorePlan> ready =
            amid
                ? Optional.empty()
                : Optional.of(planners.apply(this::spine).plan(account.state()));
        return account.change(
            actor,
            draft -> {
              var mine = (Draft) draft;
              RestorePlan plan =
                  ready.orElseGet(() -> {
                    AccountState state = account.state();
                    if (!mine.isBehind(state)) {
                      throw new Overtaken();
                    }
                    return planners.apply(mine::spineOf).plan(state);
                  });
              if (!mine.isBehind(plan.base())) {
                throw new Overtaken();
              }
              new RestoreRun(plan, mine).run();
              return plan;
            });
      } catch (Overtaken _) {
        // Once more.
      }
    }
    throw new MailboxException.LimitReached(
        "The account is being changed all the time: try again in a while");
  }

  private Spine spine(Mailbox mailbox) {
    Spine known = mailbox.spine();
    return known != null
        ? known
        : account.rows().spine(mailbox.row(), List.of()).orElseThrow(Overtaken::new);
  }

  /// Puts changes together whose rows come last piece first. Used by one thread.
  private static final class Pieces {
    private final Predicate<Change> each;
    private final Deque<byte[]> gathered = new ArrayDeque<>();
    private long version;
    private boolean enough;

    Pieces(Predicate<Change> each) {
      this.each = each;
    }

    boolean take(long ofVersion, byte[] piece) {
      if (ofVersion != version) {
        end();
      }
      version = ofVersion;
      gathered.addFirst(piece);
      return !enough;
    }

    void end() {
      if (!gathered.isEmpty() && !enough) {
        var whole = new ByteArrayOutputStream();
        gathered.forEach(whole::writeBytes);
        enough = !each.test(ChangeRow.decode(version, whole.toByteArray()));
      }
      gathered.clear();
    }
  }
}
