package org.posthorn.storage.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one owner of a partition: applies changes one after the other in memory, packs those that
/// wait into one commit, and shows the new state only when it is durable. Safe for use by many
/// threads; readers of [#state] take no lock.
///
/// There is no thread of its own. Whoever finds nobody at work leads one round: takes all that
/// waits, runs each edit on a draft of the state that the one before it left, commits the rows of
/// all at once, publishes, and wakes the others with their results; then the first that came
/// meanwhile leads the next round. So a busy partition makes few large commits and a quiet one
/// answers at once.
///
/// Order: durable → readable → bell ([Keeper#published]) → the callers return.
///
/// - An edit that throws changes nothing, and what it threw comes out of its [#change]; the others
///   of the round are untouched. So are they by one for which [Keeper#beforeCommit] throws.
/// - Somebody else committed (another node): the state is read again and the edits run again. So an
///   edit may run more than once and must leave nothing behind but what it does to its draft.
/// - A change with more rows than one commit takes is made by several commits, in the order of its
///   rows: after a crash between them the first ones are there. A [Keeper] that makes such changes
///   makes them whole ([LargeChange]), or orders its rows so that each beginning of them is a state
///   that [Keeper#load] understands.
/// - When the engine fails, all of the round get [StorageUnavailable] and the state is read again
///   before it is used again; that needs nothing but that rows can be read.
///
/// @param <S> the state: immutable, shared with readers
/// @param <D> a draft of the next state: used by one thread at a time
public final class PartitionOwner<S, D> {
  private static final Logger log = LoggerFactory.getLogger(PartitionOwner.class);

  /// How a kind of partition is read, changed and written.
  public interface Keeper<S, D> {
    /// Reads the state from the rows. What it reads is of one version: otherwise it is asked again.
    S load(Engine engine, Partition partition);

    /// A draft that starts as `state`.
    D draft(S state);

    /// What the edit did to the draft; empty when nothing, then nothing is written for it.
    Optional<Step<S>> finish(D draft);

    /// Before the commit of the changes that these drafts made: what must be durable with the rows
    /// is made durable here, or is what the commit carries. May block. When it throws, it is asked
    /// again for each draft alone.
    default List<Cargo> beforeCommit(List<D> drafts) {
      return List.of();
    }

    /// The bell: `after` is durable and can be read. Must not block and must not call the owner's
    /// [PartitionOwner#change].
    default void published(S before, S after) {}
  }

  /// What a change makes of the state, and the rows that say so.
  public record Step<S>(S state, Batch rows) {}

  private record Known<S>(S state, long version) {}

  private final Engine engine;
  private final Partition partition;
  private final Keeper<S, D> keeper;
  private final Object door = new Object();
  private final ArrayDeque<Waiting<D, ?>> waiting = new ArrayDeque<>();
  private boolean led;
  private volatile @Nullable Known<S> known;

  public PartitionOwner(Engine engine, Partition partition, Keeper<S, D> keeper) {
    this.engine = engine;
    this.partition = partition;
    this.keeper = keeper;
  }

  /// The state as of the last commit that is durable. Read from the engine the first time.
  public S state() {
    return known().state();
  }

  /// Makes a change: runs `edit` on a draft, and returns what it returned once that is durable and
  /// readable. Throws what `edit` threw, or [StorageUnavailable]: then it is unknown whether the
  /// change was made.
  public <R> R change(Function<D, R> edit) {
    var mine = new Waiting<D, R>(edit);
    synchronized (door) {
      if (led) {
        waiting.add(mine);
      } else {
        led = true;
        mine.turn = Turn.LEAD;
        waiting.add(mine);
      }
    }
    if (mine.await() == Turn.LEAD) {
      lead();
    }
    return mine.answer();
  }

  /// Lets go of the state: it is read again at the next use. For whoever knows that the partition
  /// was written or erased beside its owner.
  public void forget() {
    known = null;
  }

  /// How many changes wait for the round that is under way.
  int waitingCount() {
    synchronized (door) {
      return waiting.size();
    }
  }

  private Known<S> known() {
    Known<S> current = known;
    return current != null ? current : load();
  }

  /// As far as can be read: a commit that failed may turn up later, and then the next one is told
  /// so.
  private Known<S> load() {
    while (true) {
      long version = engine.readableVersion(partition);
      S state = keeper.load(engine, partition);
      if (engine.readableVersion(partition) != version) {
        continue;
      }
      synchronized (door) {
        Known<S> newer = known;
        if (newer != null && newer.version() >= version) {
          return newer;
        }
        var loaded = new Known<>(state, version);
        known = loaded;
        return loaded;
      }
    }
  }

  private void lead() {
    List<Waiting<D, ?>> round;
    synchronized (door) {
      round = List.copyOf(waiting);
      waiting.clear();
    }
    try {
      new Round(round).run();
    } finally {
      synchronized (door) {
        Waiting<D, ?> next = waiting.peek();
        led = next != null;
        if (next != null) {
          next.wake(Turn.LEAD);
        }
      }
    }
  }

  private enum Turn {
    WAIT,
    LEAD,
    DONE
  }

  /// A caller of [#change]. `result` and `failure` are the leader's until the turn is DONE.
  private static final class Waiting<D, R> {
    private final Function<D, R> edit;
    private final Thread thread = Thread.currentThread();
    private volatile Turn turn = Turn.WAIT;
    private @Nullable R result;
    private @Nullable Throwable failure;

    Waiting(Function<D, R> edit) {
      this.edit = edit;
    }

    void run(D draft) {
      result = edit.apply(draft);
    }

    void wake(Turn next) {
      turn = next;
      LockSupport.unpark(thread);
    }

    Turn await() {
      boolean interrupted = false;
      while (turn == Turn.WAIT) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return turn;
    }

    @SuppressWarnings("NullAway") // An edit may return null: then R says so.
    R answer() {
      if (failure instanceof RuntimeException thrown) {
        throw thrown;
      }
      if (failure instanceof Error thrown) {
        throw thrown;
      }
      return result;
    }
  }

  /// What one leader does: as few commits as carry all that waited.
  private final class Round {
    private final ArrayDeque<Waiting<D, ?>> todo;
    private final List<Waiting<D, ?>> packed = new ArrayList<>();
    private final List<D> drafts = new ArrayList<>();
    private Batch rows = new Batch();

    /// So many changes are not packed with others.
    private int alone;

    Round(List<Waiting<D, ?>> round) {
      this.todo = new ArrayDeque<>(round);
    }

    void run() {
      while (!todo.isEmpty()) {
        try {
          pack(known());
        } catch (RuntimeException | Error failure) {
          fail(failure);
        }
        packed.clear();
      }
    }

    /// Packs changes until a commit is full or none is left, and commits them.
    private void pack(Known<S> base) {
      drafts.clear();
      rows = new Batch();
      S state = base.state();
      while (!todo.isEmpty()) {
        Waiting<D, ?> next = todo.remove();
        packed.add(next);
        D draft = keeper.draft(state);
        Optional<Step<S>> step = apply(next, draft);
        if (step.isPresent()) {
          Batch more = step.get().rows();
          if (!rows.isEmpty()
              && !engine.limits().haveRoom(rows, more.operationCount(), more.sizeBytes())) {
            packed.removeLast();
            todo.addFirst(next);
            break;
          }
          rows.append(more);
          drafts.add(draft);
          state = step.get().state();
        }
        if (alone > 0) {
          alone--;
          break;
        }
      }
      if (drafts.isEmpty() || isDone(base, state)) {
        packed.forEach(done -> done.wake(Turn.DONE));
      } else {
        packed.reversed().forEach(todo::addFirst);
      }
    }

    /// Commits what was packed, and publishes it. False when it is to be done again, from the state
    /// that is read then.
    private boolean isDone(Known<S> base, S state) {
      try {
        rows.carry(keeper.beforeCommit(drafts));
      } catch (RuntimeException failure) {
        if (packed.size() == 1) {
          packed.getFirst().failure = failure;
          return true; // Nothing was committed: what is known still holds.
        }
        alone = packed.size();
        return false;
      }
      List<Batch> parts = rows.isEmpty() ? List.of(rows) : rows.split(engine.limits());
      if (!commit(base, parts)) {
        return false;
      }
      publish(base, new Known<>(state, base.version() + parts.size()));
      return true;
    }

    private Optional<Step<S>> apply(Waiting<D, ?> next, D draft) {
      next.failure = null;
      try {
        next.run(draft);
        Optional<Step<S>> step = keeper.finish(draft);
        step.ifPresent(made -> engine.limits().checkRows(made.rows()));
        return step;
      } catch (RuntimeException | Error thrown) {
        next.failure = thrown;
        return Optional.empty();
      }
    }

    /// False when somebody else was faster: then all that was packed is to be done again.
    private boolean commit(Known<S> base, List<Batch> parts) {
      long version = base.version();
      for (Batch part : parts) {
        if (!applied(version, part)) {
          forget();
          if (version != base.version()) {
            throw new StorageUnavailable(
                "Partition " + partition + " was changed by somebody else amid a large change");
          }
          return false;
        }
        version++;
      }
      return true;
    }

    private boolean applied(long version, Batch part) {
      CommitId id = CommitId.random();
      Result result;
      try {
        result = engine.commit(partition, version, id, part);
      } catch (StorageUnavailable lost) {
        if (headAfter(lost).isMadeBy(id, version)) {
          return true;
        }
        throw lost;
      }
      return switch (result) {
        case Result.Applied _ -> true;
        case Result.Conflict(Head head) -> head.isMadeBy(id, version);
      };
    }

    private Head headAfter(StorageUnavailable lost) {
      try {
        return engine.head(partition);
      } catch (StorageUnavailable still) {
        lost.addSuppressed(still);
        throw lost;
      }
    }

    private void publish(Known<S> before, Known<S> after) {
      synchronized (door) {
        known = after;
      }
      try {
        keeper.published(before.state(), after.state());
      } catch (RuntimeException | Error bug) {
        log.atError().addKeyValue("partition", partition).setCause(bug).log("bell-failed");
      }
    }

    /// Those that were packed get the failure; all that wait, when there is not even a state to
    /// begin with.
    private void fail(Throwable failure) {
      forget();
      if (packed.isEmpty()) {
        packed.addAll(todo);
        todo.clear();
      }
      for (Waiting<D, ?> lost : packed) {
        lost.failure = failure;
        lost.wake(Turn.DONE);
      }
    }
  }
}
