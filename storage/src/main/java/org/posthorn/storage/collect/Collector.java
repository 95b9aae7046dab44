package org.posthorn.storage.collect;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.CollectionRound.Rules;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Pace;
import org.posthorn.storage.content.Reclaimed;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Frees the contents that no row names any more: in rounds, in the background and when somebody
/// asks for it. Safe for use by many threads.
///
/// A round looks through all rows that name contents and then has the store reclaim the others.
/// Nobody is stopped meanwhile. That nothing is freed that somebody needs rests on this:
///
/// 1. **A content is not touched before it is `grace` old.** Whoever wrote one has that long to
///    name it in a row. When the same bytes come again, the old id is given out only as long as the
///    content is younger than half of that, so there is at least the other half left. A round that
///    was asked for with a shorter grace keeps what was given out within that, and while it frees
///    no id is given out that is older.
/// 2. **Whoever commits a row that names a content calls [ContentStore#cargo] or
///    [ContentStore#sync] for it just before.** From the moment a round begins the store takes that
///    for being needed. The round looks at the first row only a little later ([#SETTLING]): who was
///    between the call and the commit when it began has committed by then, and the row is found.
/// 3. **The queue is looked through before the accounts.** Mail goes from there to here, and its
///    row in the queue is removed after the row in the account is durable: at whatever moment the
///    round looks, it finds one or the other.
/// 4. **What cannot be read ends the round.** A damaged row may be the one that names a content.
///    Nothing is freed then until it is repaired.
/// 5. **Rows that know nobody say nothing about contents.** They are new ones beside old contents,
///    and nothing is freed.
/// 6. **What is released before a round finds it** ([ContentStore#release]) was given to nobody but
///    the one who releases it, and was never synced, which 2 asks of whoever names it.
/// 7. A content that was freed all the same, because a clock leaped by days, is missed by the
///    `sync` before the commit: the message is refused for now, not lost.
///
/// Which contents are needed is held in about ten bits each, in a filter that sometimes keeps one
/// that is not needed and never loses one that is. A round that is interrupted has cost its own
/// work; what it freed is freed.
public final class Collector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  /// Between the beginning of a round and its first look at a row.
  private static final Duration SETTLING = Duration.ofSeconds(5);

  /// The least that may be asked for. Mail is named in a row some seconds after its last byte, in
  /// minutes at most where gates think long; whoever takes longer is refused for now, by 7.
  private static final Duration SHORTEST_GRACE = Duration.ofMinutes(10);

  private static final Duration FIRST_AFTER_START = Duration.ofMinutes(10);
  private static final Duration LONGEST_SLEEP = Duration.ofHours(1);
  private static final int NAMED_BETWEEN_PAUSES = 256;
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "collection");
  private static final byte[] LAST = "last".getBytes(StandardCharsets.US_ASCII);

  private final ContentStore contents;
  private final List<ContentSource> sources;
  private final Engine engine;
  private final InstantSource clock;
  private final CollectionConfig config;
  private final Duration settling;
  private final ReentrantLock underWay = new ReentrantLock();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Optional<PastRound> last = Optional.empty();
  private volatile Instant firstDue = Instant.MAX;
  private @Nullable Thread thread;

  /// How a round that somebody asks for is done: `tryOut` frees nothing and tells what would be
  /// freed, `fast` does not rest; `grace` counts instead of the one that is configured.
  public record Wish(boolean tryOut, boolean fast, Optional<Duration> grace) {
    /// With the grace that is configured.
    public Wish(boolean tryOut, boolean fast) {
      this(tryOut, fast, Optional.empty());
    }
  }

  /// Hears how far a round is: how many times a row named a content so far, and whether it is
  /// freeing by now.
  @FunctionalInterface
  public interface Progress {
    void at(long named, boolean freeing);
  }

  /// `sources` are looked through in that order.
  public Collector(
      ContentStore contents,
      List<ContentSource> sources,
      Engine engine,
      InstantSource clock,
      CollectionConfig config) {
    this(contents, sources, engine, clock, config, SETTLING);
  }

  Collector(
      ContentStore contents,
      List<ContentSource> sources,
      Engine engine,
      InstantSource clock,
      CollectionConfig config,
      Duration settling) {
    this.contents = contents;
    this.sources = List.copyOf(sources);
    this.engine = engine;
    this.clock = clock;
    this.config = config;
    this.settling = settling;
  }

  /// Begins to collect in the background, on a thread of its own that may wait for the disk.
  public synchronized void start() {
    if (!config.every().isZero() && thread == null) {
      last = last();
      firstDue = clock.instant().plus(firstAfter());
      thread =
          Thread.ofPlatform().name("posthorn-collector").daemon().start(this::collectAgainAndAgain);
    }
  }

  private Duration firstAfter() {
    boolean often = config.every().compareTo(FIRST_AFTER_START) < 0;
    return often ? config.every() : FIRST_AFTER_START;
  }

  /// Ends a round that is under way, wherever it is, and waits for that.
  @Override
  public void close() {
    stopped.countDown();
    underWay.lock();
    try {
      thread = null;
    } finally {
      underWay.unlock();
    }
  }

  /// Throws `IllegalArgumentException`, with a text for the operator, when a round may not be done
  /// so.
  public void check(Wish wish) {
    Duration grace = grace(wish);
    if (grace.compareTo(SHORTEST_GRACE) < 0 && grace.compareTo(config.grace()) < 0) {
      throw new IllegalArgumentException(
          "What came in less than 10 minutes ago is never freed, since somebody may be about to file"
              + " it: ask for 10m or more");
    }
  }

  private Duration grace(Wish wish) {
    return wish.grace().orElse(config.grace());
  }

  /// One round, on the calling thread, which should be one that may wait for the disk. Empty when
  /// another one is under way. Throws [StorageUnavailable], and nothing is freed, when a row cannot
  /// be read; `CancellationException` when the server stops.
  public Optional<PastRound> collect(Wish wish, Progress progress) {
    if (!underWay.tryLock()) {
      return Optional.empty();
    }
    try {
      PastRound done = round(wish, progress);
      if (!wish.tryOut()) {
        remember(done);
      }
      return Optional.of(done);
    } finally {
      underWay.unlock();
    }
  }

  /// The last round that freed what it could; empty when there was none yet.
  public Optional<PastRound> last() {
    return engine.get(PARTITION, LAST).map(PastRound::decode);
  }

  private PastRound round(Wish wish, Progress progress) {
    check(wish);
    Instant began = clock.instant();
    Instant olderThan = began.minus(grace(wish));
    long nanos = System.nanoTime();
    int workPercent = wish.fast() ? 100 : config.workPercent();
    try (CollectionRound round = contents.collect(expected(workPercent))) {
      if (!rest(settling)) {
        throw new CancellationException("The server stops");
      }
      var pace = new DutyPace(workPercent, this::rest);
      long named = names(round::needs, pace, progress);
      progress.at(named, true);
      boolean unaware = named == 0 && knowNobody();
      var rules =
          new Rules(
              olderThan,
              config.deadPercent() / 100.0,
              wish.tryOut() || unaware,
              wish.grace().isPresent());
      Reclaimed reclaimed = round.reclaim(rules, pace);
      if (unaware && reclaimed.freedBytes() > 0) {
        throw new StorageUnavailable(
            "The rows of this server know of no user and no mail, but messages are there: the rows"
                + " that name them are lost, or on a disk that is not mounted");
      }
      Duration took = Duration.ofMillis((System.nanoTime() - nanos) / 1_000_000);
      return new PastRound(began, took, named, reclaimed);
    }
  }

  /// Tells `use` what every row names. Returns how many times one did.
  private long names(Consumer<ContentId> use, Pace pace, Progress progress) {
    long[] named = {0};
    for (ContentSource source : sources) {
      source.contents(id -> {
        use.accept(id);
        if (++named[0] % NAMED_BETWEEN_PAUSES == 0) {
          progress.at(named[0], false);
          pace.pause();
        }
      });
    }
    return named[0];
  }

  /// When the last of the young contents that a round found may be freed; empty: there were none.
  public Optional<Instant> youngFreeFrom(PastRound round) {
    long youngest = round.reclaimed().youngestMillis();
    return youngest == 0
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(youngest).plus(config.grace()));
  }

  /// Whether the rows are as new ones are: then contents are not of no use, but of others.
  private boolean knowNobody() {
    return Stream.of(Partition.Kind.ACCOUNT, Partition.Kind.DOMAIN, Partition.Kind.QUEUE)
        .allMatch(kind -> engine.partitions(kind, Optional.empty(), 1).isEmpty());
  }

  /// How many contents may be needed: half as many more as were named the last time, or are now.
  private long expected(int workPercent) {
    long named =
        last()
            .map(PastRound::named)
            .orElseGet(() -> names(_ -> {}, new DutyPace(workPercent, this::rest), (_, _) -> {}));
    return named + named / 2 + 10_000;
  }

  private void collectAgainAndAgain() {
    while (rest(untilNext())) {
      if (untilNext().isZero()) {
        collectInBackground();
      }
    }
  }

  private void collectInBackground() {
    try {
      collect(new Wish(false, false), (_, _) -> {})
          .ifPresent(done ->
              log.atInfo()
                  .addKeyValue("freedBytes", done.reclaimed().freedBytes())
                  .addKeyValue("freedContents", done.reclaimed().freedContents())
                  .addKeyValue("keptBytes", done.reclaimed().keptBytes())
                  .addKeyValue("deadBytes", done.reclaimed().deadBytes())
                  .addKeyValue("skippedFiles", done.reclaimed().skippedFiles())
                  .addKeyValue("failures", done.reclaimed().failures())
                  .addKeyValue("took", done.took())
                  .log("collected"));
    } catch (CancellationException _) {
      log.atDebug().log("collection-interrupted");
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("collection-failed");
      // Not again at once: what is broken stays so until somebody has had a look.
      firstDue = clock.instant().plus(LONGEST_SLEEP);
    }
  }

  /// At most an hour, in case that the clock is set. What it says of times to come, since it was
  /// ahead for a while, does not count.
  private Duration untilNext() {
    Instant now = clock.instant();
    if (firstDue.isAfter(now.plus(LONGEST_SLEEP))) {
      firstDue = now.plus(firstAfter());
    }
    Instant next =
        last.map(PastRound::began)
            .filter(began -> !began.isAfter(now))
            .map(began -> began.plus(config.every()))
            .orElse(firstDue);
    Instant due = next.isAfter(firstDue) ? next : firstDue;
    Duration left = Duration.between(now, due);
    if (left.compareTo(LONGEST_SLEEP) > 0) {
      return LONGEST_SLEEP;
    }
    return left.isNegative() ? Duration.ZERO : left;
  }

  /// False when the server stops.
  private boolean rest(Duration time) {
    try {
      return !stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void remember(PastRound round) {
    last = Optional.of(round);
    try {
      long version = engine.head(PARTITION).version();
      engine.commit(PARTITION, version, CommitId.random(), new Batch().put(LAST, round.encode()));
    } catch (StorageUnavailable e) {
      log.atWarn().setCause(e).log("collection-not-noted");
    }
  }
}
