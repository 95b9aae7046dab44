package org.posthorn.storage.story;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.keys.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes down what happens to mails. Whoever tells something goes on at once: a thread of its own
/// writes it, or whoever needs it written now, together with all that was told before. What comes
/// too fast, or cannot be written, is left out, and that stands in the story. Safe for use by many
/// threads.
public final class StoryLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoryLog.class);
  private static final int WAITING_MAX = 32_768;

  /// How long the writer gathers. Short, since what was told and not yet written is what a kill
  /// takes.
  private static final Duration GATHER = Duration.ofMillis(10);

  private static final Duration TEND_EVERY = Duration.ofSeconds(1);
  private static final Duration TEND_AGAIN = Duration.ofSeconds(30);
  private static final Duration EXPIRE_EVERY = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final @Nullable StoryShelf shelf;
  private final StoryConfig config;
  private final InstantSource clock;
  private final BlockingQueue<Told> waiting;

  /// How many events wait or are written: the place of each in their order.
  private final AtomicLong handed = new AtomicLong();

  /// Held by who writes what waits.
  private final ReentrantLock writing = new ReentrantLock();

  private final AtomicLong missing = new AtomicLong();
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private final AtomicLong written = new AtomicLong();
  private volatile @Nullable Thread writer;

  /// Whether the writer sleeps until something is told.
  private volatile boolean idle;

  private volatile boolean closed;

  /// Whether nothing is missing of what was ever told.
  private volatile boolean whole;

  StoryLog(@Nullable StoryShelf shelf, StoryConfig config, InstantSource clock, int waitingMax) {
    this.shelf = shelf;
    this.config = config;
    this.clock = clock;
    this.waiting = new ArrayBlockingQueue<>(waitingMax);
    this.whole = shelf != null && shelf.isWhole();
  }

  /// Nothing is taken down.
  public static StoryLog off() {
    return new StoryLog(null, StoryConfig.defaults(), InstantSource.system(), 1);
  }

  /// Keeps the last events in memory.
  public static StoryLog inMemory(StoryConfig config, InstantSource clock) {
    return new StoryLog(new MemoryShelf(), config, clock, WAITING_MAX);
  }

  /// Keeps events in `folder`, sealed if there is a `seal`.
  public static StoryLog in(
      Path folder, StoryConfig config, Optional<Seal> seal, InstantSource clock) {
    return new StoryLog(FileShelf.open(folder, config, seal, clock), config, clock, WAITING_MAX);
  }

  public boolean isOn() {
    return shelf != null;
  }

  public StoryConfig config() {
    return config;
  }

  /// Whether all is there that was told before this was opened. Not after a kill, nor when
  /// something was left out.
  public boolean isWhole() {
    return whole;
  }

  /// Runs `tellingAgain`, which tells what is missing. So it is whole from then on, unless some of
  /// that is left out again.
  public void becomesWhole(Runnable tellingAgain) {
    whole = true;
    try {
      tellingAgain.run();
    } catch (RuntimeException e) {
      whole = false;
      throw e;
    }
  }

  /// How far back stories go.
  public Optional<Instant> begin() {
    return shelf == null ? Optional.empty() : shelf.begin();
  }

  /// Begins to write; what was told before is written now. From here on a kill can take something
  /// from the story, so until it is closed it is not known to be whole.
  public synchronized void start() {
    if (shelf != null && writer == null) {
      try {
        shelf.keepWhole(false);
      } catch (IOException e) {
        throw new StorageUnavailable("The stories cannot be written", e);
      }
      writer = Thread.ofPlatform().daemon().name("story").start(this::run);
    }
  }

  /// Never waits and never throws; `mail` is empty for what is no mail. The event is made later, by
  /// whoever writes it, of what does not change any more. Returns its place, for [#awaitWritten].
  public long tell(String mail, Supplier<StoryEvent> event) {
    return tell(clock.instant(), mail, event);
  }

  /// Tells what happened at another time than now.
  public long tell(Instant at, String mail, StoryEvent event) {
    return tell(at, mail, () -> event);
  }

  private long tell(Instant at, String mail, Supplier<StoryEvent> event) {
    if (shelf == null) {
      return 0;
    }
    var told = new Told(at, mail, event);
    boolean taken;
    long place;
    synchronized (waiting) { // So that places are the order in which they wait.
      taken = waiting.offer(told);
      place = taken ? handed.incrementAndGet() : handed.get();
    }
    if (!taken) {
      leavesOut(1);
    }
    if (closed) {
      keepWhole(false); // Nobody writes any more.
    }
    if (idle) {
      idle = false;
      LockSupport.unpark(writer);
    }
    return place;
  }

  /// The place of what was told last.
  public long last() {
    return handed.get();
  }

  /// Returns when a kill cannot take from the story what was told up to `place`; or after a while,
  /// when that is slow. What is in memory only cannot be kept from a kill, so it is not waited for.
  public void awaitWritten(long place) {
    if (written.get() < place && shelf instanceof FileShelf) {
      await(place);
    }
  }

  /// Those of `mails` of whose acceptance nothing is written; of none was anything written before
  /// `since`. Reads files, so it is used by a platform thread.
  public Set<String> notAccepted(Set<String> mails, Instant since) {
    flush();
    Set<String> unknown = new LinkedHashSet<>(mails);
    scan(
        mails,
        /* newestFirst= */ true,
        since,
        entries -> {
          for (StoryEntry entry : entries) {
            if (entry.event() instanceof StoryEvent.Accepted) {
              unknown.remove(entry.mail());
            }
          }
          return !unknown.isEmpty();
        });
    return unknown;
  }

  /// Whom each of these mails was delivered to since its time, here or on another server, as far as
  /// that is written: of those whom one step served together the first thousand. Mails that nobody
  /// has got are not among them. `isDelivery` knows which steps deliver: others are done with a
  /// recipient who has got nothing. Reads files, once for all of the mails, so it is used by a
  /// platform thread.
  public Map<String, Set<String>> delivered(
      Map<String, Instant> since, Predicate<StoryEvent.Served> isDelivery) {
    flush();
    Map<String, Set<String>> to = new HashMap<>();
    scan(
        since.keySet(),
        /* newestFirst= */ true,
        since.values().stream().min(Comparator.naturalOrder()).orElse(Instant.MAX),
        entries -> {
          for (StoryEntry entry : entries) {
            Instant from = since.get(entry.mail());
            if (from != null && !entry.at().isBefore(from)) {
              List<String> some = served(entry.event(), isDelivery);
              if (!some.isEmpty()) {
                to.computeIfAbsent(entry.mail(), _ -> new LinkedHashSet<>()).addAll(some);
              }
            }
          }
          return true;
        });
    return to;
  }

  private static List<String> served(StoryEvent event, Predicate<StoryEvent.Served> isDelivery) {
    if (event instanceof StoryEvent.Served served && isDelivery.test(served)) {
      return served.to().some();
    }
    return event instanceof StoryEvent.Relayed relayed ? relayed.to().some() : List.of();
  }

  /// An event that is not made yet.
  private record Told(Instant at, String mail, Supplier<StoryEvent> event) {
    StoryEntry entry() {
      return new StoryEntry(at, mail, event.get());
    }
  }

  /// Returns when all that was told before can be found; or after a while, when that is slow.
  public void flush() {
    await(handed.get());
  }

  /// Who waits writes it: a sender does, before its 250, and should not wait for another thread to
  /// wake up. Those who wait meanwhile find theirs written too.
  private void await(long place) {
    while (written.get() < place && writer != null) {
      try {
        if (!writing.tryLock(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
      try {
        if (written.get() < place) {
          writeWaiting();
        }
      } finally {
        writing.unlock();
      }
    }
  }

  /// Entries that have one of `keys`; see [StoryShelf#scan].
  void scan(Set<String> keys, boolean newestFirst, Instant since, StoryShelf.Each each) {
    if (shelf != null) {
      try {
        shelf.scan(keys, newestFirst, since, each);
      } catch (IOException e) {
        throw new StorageUnavailable("The stories cannot be read", e);
      }
    }
  }

  /// Hears of all that is told from now on, or of the mails that have this id, Message-ID or
  /// address. One that does not listen misses what comes.
  public Follower follow(Optional<String> of) {
    var follower = new Follower(of.map(word -> StoryEntry.key(word.strip())));
    followers.add(follower);
    return follower;
  }

  /// Listens to what is told.
  public final class Follower implements AutoCloseable {
    private static final int HEARD_MAX = 10_000;
    private static final int MAILS_MAX = 1_000;

    private final BlockingQueue<StoryEntry> heard = new ArrayBlockingQueue<>(HEARD_MAX);

    /// Mails that have to do with what is wanted, the latest.
    private final LinkedHashSet<String> mails = new LinkedHashSet<>();

    private final Optional<String> of;

    private Follower(Optional<String> of) {
      this.of = of;
    }

    /// By who writes it, one at a time.
    private void hear(StoryEntry entry) {
      if (of.isEmpty() || isWanted(entry, of.get())) {
        var _ = heard.offer(entry);
      }
    }

    private boolean isWanted(StoryEntry entry, String key) {
      boolean known = mails.contains(entry.mail());
      boolean named = StoryShelf.isAbout(entry, Set.of(key));
      if (named && !known && !entry.mail().isEmpty()) {
        mails.add(entry.mail());
        if (mails.size() > MAILS_MAX) {
          mails.removeFirst();
        }
      }
      return known || named;
    }

    /// The next one; empty when there is none for so long.
    public Optional<StoryEntry> next(Duration wait) throws InterruptedException {
      return Optional.ofNullable(heard.poll(wait.toMillis(), TimeUnit.MILLISECONDS));
    }

    /// Whether there will be no more.
    public boolean isOver() {
      return closed;
    }

    @Override
    public void close() {
      followers.remove(this);
    }
  }

  private void run() {
    long expireAt = System.nanoTime() + EXPIRE_EVERY.toNanos();
    long tendAt = System.nanoTime();
    while (!closed || !waiting.isEmpty()) {
      sleep();
      writing.lock();
      try {
        writeWaiting();
      } finally {
        writing.unlock();
      }
      long now = System.nanoTime();
      boolean expire = now - expireAt >= 0;
      if ((expire || now - tendAt >= 0) && !tend(expire)) {
        tendAt = System.nanoTime() + TEND_AGAIN.toNanos();
      }
      if (expire) {
        expireAt = now + EXPIRE_EVERY.toNanos();
      }
    }
  }

  /// Until something is told, and then so long that more comes together.
  private void sleep() {
    idle = true;
    if (waiting.isEmpty() && !closed) {
      LockSupport.parkNanos(TEND_EVERY.toNanos());
    }
    idle = false;
    if (!closed && !waiting.isEmpty()) {
      LockSupport.parkNanos(GATHER.toNanos());
    }
  }

  /// In the order in which it was told. Holds the lock.
  private void writeWaiting() {
    List<Told> batch = new ArrayList<>();
    waiting.drainTo(batch);
    if (!batch.isEmpty()) {
      write(entries(batch));
      written.addAndGet(batch.size());
    }
  }

  private List<StoryEntry> entries(List<Told> batch) {
    List<StoryEntry> entries = new ArrayList<>(batch.size() + 1);
    for (Told told : batch) {
      try {
        entries.add(told.entry());
      } catch (RuntimeException e) {
        leavesOut(1);
        log.atWarn().addKeyValue("mail", told.mail()).setCause(e).log("event-not-told");
      }
    }
    return entries;
  }

  private void write(List<StoryEntry> batch) {
    long left = missing.getAndSet(0);
    if (left > 0) {
      batch.add(new StoryEntry(clock.instant(), "", new StoryEvent.Missing(left)));
      log.atWarn().addKeyValue("events", left).log("story-incomplete");
    }
    try {
      if (shelf != null) {
        shelf.append(batch);
      }
    } catch (IOException | RuntimeException e) {
      leavesOut(batch.size() + Math.max(0, left - 1));
      log.atWarn().setCause(e).log("story-not-written");
    }
    for (Follower follower : followers) {
      batch.forEach(follower::hear);
    }
  }

  private void leavesOut(long events) {
    whole = false;
    missing.addAndGet(events);
  }

  /// False: it did not go well.
  private boolean tend(boolean expire) {
    try {
      if (shelf != null) {
        if (expire) {
          shelf.expire();
        } else {
          shelf.tend();
        }
      }
      return true;
    } catch (IOException | RuntimeException e) {
      log.atWarn().setCause(e).log("stories-not-tended");
      return false;
    }
  }

  /// What was told is written.
  @Override
  public void close() throws IOException {
    closed = true;
    Thread thread = writer;
    if (thread != null) {
      LockSupport.unpark(thread);
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    if (shelf != null) {
      keepWhole(whole && waiting.isEmpty());
      if (!waiting.isEmpty()) { // Who tells now sees that it is closed, or is seen here.
        keepWhole(false);
      }
      shelf.close();
    }
  }

  private void keepWhole(boolean keep) {
    try {
      if (shelf != null) {
        shelf.keepWhole(keep);
      }
    } catch (IOException e) {
      // Then the next start looks for what is missing.
      log.atDebug().setCause(e).log("story-not-known-to-be-whole");
    }
  }
}
