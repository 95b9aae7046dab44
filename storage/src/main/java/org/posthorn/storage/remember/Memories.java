package org.posthorn.storage.remember;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The memory of the server's gates: values by the name of who keeps them and a key of theirs, each
/// with a time after which it is forgotten. Safe for use by many threads.
///
/// Written behind: a value is readable at once and durable a few seconds later, many in one commit,
/// because each connection of a stranger changes some. What was used last is in memory too, so a
/// gate that asks again and again asks no disk.
public final class Memories {
  private static final Logger log = LoggerFactory.getLogger(Memories.class);
  private static final Duration WRITE_EVERY = Duration.ofSeconds(2);
  private static final Duration SWEEP_EVERY = Duration.ofHours(1);
  private static final int KEY_MAX_BYTES = 255;
  private static final int VALUE_MAX_BYTES = 4096;
  private static final int RECENT_MAX = 20_000;

  /// With so much that is not written yet, who adds waits until it is.
  private static final int UNWRITTEN_MAX = 20_000;

  /// When that failed, who adds is refused for so long.
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  private static final int LOCKS = 64;

  private final MemoryRows rows;
  private final InstantSource clock;
  private final Object[] locks = new Object[LOCKS];
  private final Object door = new Object();
  private final Object writing = new Object();
  private final Map<Key, Kept> recent =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Kept> eldest) {
          return size() > RECENT_MAX;
        }
      };
  private Map<Key, Kept> unwritten = new HashMap<>();
  private Map<Key, Kept> underway = Map.of();
  private @Nullable Failure failure;
  private boolean closed;
  private @Nullable Thread writer;

  /// Why, and when, the last write failed.
  private record Failure(RuntimeException why, long nanos) {
    boolean isFresh() {
      return System.nanoTime() - nanos < TRY_AGAIN.toNanos();
    }
  }

  /// Whose value it is and what it is called.
  record Key(String name, String key) {}

  /// A value until a time; no value: it was forgotten.
  record Kept(Optional<String> value, Instant until) {
    Optional<String> at(Instant now) {
      return value.filter(_ -> now.isBefore(until));
    }
  }

  public Memories(Engine engine, InstantSource clock) {
    this.rows = new MemoryRows(engine);
    this.clock = clock;
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  /// From now on what is written becomes durable, and what is old goes.
  public void start() {
    synchronized (door) {
      writer = Thread.ofVirtual().name("memories").start(this::run);
    }
  }

  public Optional<String> find(String name, String key) {
    return kept(new Key(name, key)).at(clock.instant());
  }

  /// Changes a value as one step; what `change` returns is kept for `keep` from now. `change` may
  /// run more than once, and holds up nobody: it may be a plugin's. Throws [StorageUnavailable],
  /// and changes nothing, when there is too much already that cannot be written.
  public Optional<String> update(
      String name, String key, Duration keep, UnaryOperator<Optional<String>> change) {
    check("key", key, KEY_MAX_BYTES);
    makeRoom();
    var place = new Key(name, key);
    Optional<String> after;
    Kept seen;
    Instant now;
    do {
      now = clock.instant();
      seen = kept(place);
      after = change.apply(seen.at(now));
      after.ifPresent(value -> check("value", value, VALUE_MAX_BYTES));
    } while (!replaced(place, seen, new Kept(after, now.plus(keep)), now));
    return after;
  }

  private void makeRoom() {
    if (unwrittenCount() < UNWRITTEN_MAX) {
      return;
    }
    synchronized (writing) {
      if (unwrittenCount() < UNWRITTEN_MAX) {
        return; // Somebody else has.
      }
      Failure last = failure;
      if (last != null && last.isFresh()) {
        throw new StorageUnavailable("The memories of gates cannot be written", last.why());
      }
      write();
    }
  }

  /// False when somebody else has changed it in the meantime.
  private boolean replaced(Key place, Kept before, Kept after, Instant now) {
    synchronized (locks[Math.floorMod(place.hashCode(), LOCKS)]) {
      if (!kept(place).equals(before)) {
        return false;
      }
      if (before.at(now).isPresent() || after.value().isPresent()) {
        note(place, after);
      }
      return true;
    }
  }

  /// Every value of one keeper, in the order of its keys, without holding all in memory.
  public void forEach(String name, BiConsumer<String, String> action) {
    write();
    rows.forEach(name, clock.instant(), action);
  }

  /// Makes durable what was written so far.
  public void write() {
    synchronized (writing) {
      Map<Key, Kept> batch;
      synchronized (door) {
        batch = unwritten;
        unwritten = new HashMap<>();
        underway = batch;
      }
      try {
        rows.write(batch);
        failure = null;
      } catch (RuntimeException e) {
        failure = new Failure(e, System.nanoTime());
        synchronized (door) {
          batch.forEach(unwritten::putIfAbsent);
        }
        throw e;
      } finally {
        synchronized (door) {
          underway = Map.of();
        }
      }
    }
  }

  /// Forgets what is over. Returns how many there were.
  public int sweep() {
    synchronized (writing) {
      return rows.sweep(clock.instant());
    }
  }

  /// What was written before is durable when it returns.
  public void close() throws InterruptedException {
    Thread running;
    synchronized (door) {
      closed = true;
      door.notifyAll();
      running = writer;
    }
    if (running != null) {
      running.join();
    }
    write();
  }

  private Kept kept(Key place) {
    synchronized (door) {
      @Nullable Kept known = unwritten.get(place);
      known = known == null ? underway.get(place) : known;
      known = known == null ? recent.get(place) : known;
      if (known != null) {
        return known;
      }
    }
    Kept read = rows.read(place);
    synchronized (door) {
      recent.putIfAbsent(place, read);
    }
    return read;
  }

  private void note(Key place, Kept kept) {
    synchronized (door) {
      unwritten.put(place, kept);
      recent.put(place, kept);
    }
  }

  private int unwrittenCount() {
    synchronized (door) {
      return unwritten.size() + underway.size();
    }
  }

  private void run() {
    long sweptAt = System.nanoTime();
    while (pause()) {
      try {
        write();
        if (System.nanoTime() - sweptAt > SWEEP_EVERY.toNanos()) {
          sweptAt = System.nanoTime();
          log.atDebug().addKeyValue("forgotten", sweep()).log("memories-swept");
        }
      } catch (RuntimeException | Error e) {
        log.atError().setCause(e).log("memories-not-written");
      }
    }
  }

  /// False when it is over.
  private boolean pause() {
    long deadline = System.nanoTime() + WRITE_EVERY.toNanos();
    synchronized (door) {
      try {
        long leftMillis = WRITE_EVERY.toMillis();
        while (!closed && leftMillis > 0) {
          door.wait(leftMillis);
          leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        }
      } catch (InterruptedException _) {
        return false;
      }
      return !closed;
    }
  }

  private static void check(String what, String text, int maxBytes) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > maxBytes) {
      throw new IllegalArgumentException(
          "A %s has at most %d bytes, not %d".formatted(what, maxBytes, bytes));
    }
  }
}
