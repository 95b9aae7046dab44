package org.posthorn.storage.account;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

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
    if (found[0] == 0) {
      throw new MailboxException.HistoryTrimmed(
          "The history of this account begins at " + oldest[0] + ": name a later time");
    }
    return found[0];
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
    return new RestorePlan(state, OptionalLong.of(version), steps);
  }

  private static void check(long version, AccountState state) {
    if (version < Math.max(1, state.row().exactSince())) {
      throw new MailboxException.HistoryTrimmed(
          "The history of this account begins at version %d: name a later one than %d"
              .formatted(Math.max(1, state.row().exactSince()), version));
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
