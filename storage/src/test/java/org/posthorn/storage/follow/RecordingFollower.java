package org.posthorn.storage.follow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.Standing;
import org.posthorn.storage.system.Niceness;

/// Writes down what it is given, a few changes at a time; what is not settled is lost in a
/// [#crash]. Safe for use by many threads.
final class RecordingFollower implements Follower {
  private static final int AT_ONCE = 3;

  private final Map<AccountId, Point> reached = new TreeMap<>(RecordingFollower::compare);
  private final Map<AccountId, List<Long>> versions = new HashMap<>();
  private final List<AccountId> order = new ArrayList<>();
  private final Set<AccountId> refused = new HashSet<>();
  private Runnable whenRefused = () -> {};
  private boolean outOfStack;
  private int refusals;
  private int systemThread;
  private Map<AccountId, Point> settledPoints = Map.of();
  private Map<AccountId, List<Long>> settledVersions = Map.of();

  private static int compare(AccountId one, AccountId other) {
    return one.value().compareTo(other.value());
  }

  @Override
  public String name() {
    return "recording";
  }

  /// Of whoever leads it.
  synchronized int systemThread() {
    return systemThread;
  }

  @Override
  public synchronized Point reached(AccountId account) {
    return reached.getOrDefault(account, Point.START);
  }

  @Override
  public synchronized List<AccountId> known(Optional<AccountId> after, int limit) {
    return reached.keySet().stream()
        .filter(id -> after.isEmpty() || compare(id, after.get()) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized void restart(Account account) {
    forget(account.id());
  }

  @Override
  public synchronized void follow(Account account) {
    if (refused.contains(account.id())) {
      refusals++;
      whenRefused.run();
      notifyAll();
      if (outOfStack) {
        throw new StackOverflowError("of this one");
      }
      throw new IllegalStateException("Not this one");
    }
    systemThread = Niceness.thread();
    order.add(account.id());
    Standing standing = account.standing();
    long from = reached(account.id()).version();
    List<Change> changes = account.history(from, AT_ONCE);
    for (Change change : changes) {
      versions.computeIfAbsent(account.id(), _ -> new ArrayList<>()).add(change.version());
    }
    // Versions without a change have no row; and there may be changes already after the standing.
    long last = changes.isEmpty() ? 0 : changes.getLast().version();
    long to = changes.size() < AT_ONCE ? Math.max(standing.version(), last) : last;
    reached.put(account.id(), new Point(to, standing.epoch()));
    notifyAll();
  }

  @Override
  public synchronized void forget(AccountId account) {
    reached.remove(account);
    versions.remove(account);
    notifyAll();
  }

  @Override
  public synchronized void settle() {
    settledPoints = Map.copyOf(reached);
    settledVersions = new HashMap<>();
    versions.forEach((id, all) -> settledVersions.put(id, List.copyOf(all)));
    notifyAll();
  }

  /// Forgets what was not settled; says to which points it went back. Whoever leads it may bring it
  /// further at once.
  synchronized Map<AccountId, Point> crash() {
    reached.clear();
    reached.putAll(settledPoints);
    versions.clear();
    settledVersions.forEach((id, all) -> versions.put(id, new ArrayList<>(all)));
    return Map.copyOf(settledPoints);
  }

  synchronized void refuse(AccountId account, boolean refusing) {
    if (refusing) {
      refused.add(account);
    } else {
      refused.remove(account);
    }
  }

  /// From now on it is too deep for the stack what is refused.
  synchronized void outOfStack() {
    outOfStack = true;
  }

  /// Is done each time that an account is refused.
  synchronized void whenRefused(Runnable action) {
    whenRefused = action;
  }

  synchronized int refusals() {
    return refusals;
  }

  synchronized List<Long> versions(AccountId account) {
    return List.copyOf(versions.getOrDefault(account, List.of()));
  }

  synchronized List<AccountId> order() {
    return List.copyOf(order);
  }

  synchronized boolean isSettled(AccountId account, long version) {
    Point point = settledPoints.get(account);
    return point != null && point.version() >= version;
  }

  interface Condition {
    boolean holds();
  }

  /// Until it holds; asked whenever something was done.
  synchronized void await(Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited in vain");
      }
      wait(50);
    }
  }
}
