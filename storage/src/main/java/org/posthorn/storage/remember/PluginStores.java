package org.posthorn.storage.remember;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What plugins keep for good: one [PluginStore] for each name, in a partition of its own. Safe for
/// use by many threads.
public final class PluginStores {
  private static final Logger log = LoggerFactory.getLogger(PluginStores.class);
  private static final String PREFIX = "plugins/";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,99}");
  private static final Duration SWEEP_EVERY = Duration.ofHours(1);
  private static final int PAGE = 100;

  private final Engine engine;
  private final InstantSource clock;
  private final Map<String, PluginStore> stores = new ConcurrentHashMap<>();
  private final Object door = new Object();
  private boolean closed;
  private @Nullable Thread sweeper;

  public PluginStores(Engine engine, InstantSource clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /// Whether a partition is one of these stores: then it belongs into backups.
  public static boolean isOne(Partition partition) {
    return partition.kind() == Partition.Kind.SYSTEM && partition.name().startsWith(PREFIX);
  }

  /// The store of this name; it is there, and empty, before something was written to it.
  public PluginStore store(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "A store's name has 1 to 100 lower-case letters, digits, dots and dashes, not '"
              + name
              + "'");
    }
    return stores.computeIfAbsent(
        name,
        _ -> new PluginStore(engine, new Partition(Partition.Kind.SYSTEM, PREFIX + name), clock));
  }

  /// Does something while nobody changes the store in such a partition.
  public <R> R alone(Partition partition, Supplier<R> action) {
    return in(partition).alone(action);
  }

  private PluginStore in(Partition partition) {
    return store(partition.name().substring(PREFIX.length()));
  }

  /// From now on what is over goes, once an hour.
  public void start() {
    synchronized (door) {
      sweeper = Thread.ofVirtual().name("plugin stores").start(this::run);
    }
  }

  public void close() throws InterruptedException {
    Thread running;
    synchronized (door) {
      closed = true;
      door.notifyAll();
      running = sweeper;
    }
    if (running != null) {
      running.join();
    }
  }

  /// Removes what is over. Returns how many values there were.
  public int sweep() {
    int gone = 0;
    Optional<Partition> last = Optional.of(new Partition(Partition.Kind.SYSTEM, PREFIX));
    List<Partition> page;
    do {
      page =
          engine.partitions(Partition.Kind.SYSTEM, last, PAGE).stream()
              .takeWhile(PluginStores::isOne)
              .toList();
      for (Partition partition : page) {
        gone += in(partition).sweep();
        last = Optional.of(partition);
      }
    } while (!page.isEmpty());
    return gone;
  }

  private void run() {
    while (pause()) {
      try {
        log.atDebug().addKeyValue("forgotten", sweep()).log("plugin-stores-swept");
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("plugin-stores-not-swept");
      }
    }
  }

  /// False when it is over.
  private boolean pause() {
    long deadline = System.nanoTime() + SWEEP_EVERY.toNanos();
    synchronized (door) {
      try {
        long leftMillis = SWEEP_EVERY.toMillis();
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
}
