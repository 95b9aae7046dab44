package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.memory.InMemoryEngine;

/// What nobody expects of a store, such as a class that is gone since the program was replaced:
/// mail goes on, and nobody gets it again for that.
final class UnexpectedErrorsTest {
  private static final String CHAIN =
      """
      root -> drop
        Relay if To(.example)
        Keep
      bounces -> drop
      dead-letters -> keep
      """;

  /// Throws an error for so many commits and scans.
  private static final class Faulty extends ForwardingEngine {
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicInteger scans = new AtomicInteger();

    Faulty() {
      super(new InMemoryEngine());
    }

    private static void count(AtomicInteger faults) {
      if (faults.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new NoClassDefFoundError("org/example/Gone");
      }
    }

    @Override
    public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
      count(commits);
      return below.commit(partition, expectedVersion, id, batch);
    }

    @Override
    public Page scan(
        Partition partition,
        byte[] from,
        byte[] to,
        int limit,
        boolean reverse,
        Optional<Page.Resume> resume) {
      count(scans);
      return below.scan(partition, from, to, limit, reverse, resume);
    }
  }

  private final Faulty engine = new Faulty();

  /// Sooner or later he gets it again, since nobody knows that he has it; but not all the time.
  @Test
  void aMailOfWhichNothingCouldBeNotedIsNotSentAgainAtOnce() {
    var rig =
        new Rig(CHAIN, engine, SpoolConfig.defaults(), work -> Thread.ofVirtual().start(work));
    rig.drain();
    var tries = new AtomicInteger();
    rig.carrier.answer((_, _) -> {
      if (tries.incrementAndGet() <= 5) {
        engine.commits.set(2); // What is to be noted, and that it could not be.
      }
      return new Answer.Delivered("mx.example.net", "250 ok", true);
    });
    rig.accept("ann@example.net", "bob@one.example");
    Rig.await("nothing could be noted", () -> tries.get() > 0 && engine.commits.get() == 0);
    for (int i = 0; i < 50; i++) {
      rig.drain();
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(tries).hasValue(1);
    assertThat(rig.rows()).hasSize(1);
  }

  /// The answer about one has no room in a row.
  @Test
  void whoHasItIsNotSentItAgainThoughTheOthersCannotBeNoted() {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run);
    rig.carrier.answer((_, recipient) ->
        recipient.address().localPart().equals("bob")
            ? new Answer.Delivered("mx.example.net", "250 ok", true)
            : new Answer.Failed("5.1.1", Optional.of("x".repeat(100_000)), "550 5.1.1 nobody"));
    rig.accept("ann@example.net", "bob@one.example", "eve@one.example");
    for (int hour = 0; hour < 3; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(rig.carriedTo()).containsOnlyOnce("bob").contains("eve");
    assertThat(rig.rows())
        .singleElement()
        .satisfies(row -> assertThat(row.address().localPart()).isEqualTo("eve"))
        .satisfies(row -> assertThat(row.lastTry()).as("a server was tried").isPresent());
    rig.assertSound();
  }

  /// One of those that waited in line could not be written down.
  @Test
  void theOthersComeBackWhereOneCannot() {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run);
    rig.drain();
    rig.whileBusy(
        List.of("x", "y", "z"),
        () -> {
          rig.clock.passAtEachLook(Duration.ofMillis(20));
          engine.commits.set(1);
          rig.spool.waysChanged();
        });
    rig.drain();
    assertThat(rig.carriedTo()).containsExactlyInAnyOrder("first", "second", "x", "y", "z");
    rig.assertEmpty();
  }

  @Test
  void whoKeepsTheTimeGoesOn() {
    var before = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run);
    before.carrier.answer(ScriptedCarrier.deferred());
    before.accept("ann@example.net", "bob@one.example");
    var refused = new AtomicInteger();
    var rig =
        new Rig(
            CHAIN,
            engine,
            SpoolConfig.defaults(),
            work -> {
              if (refused.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
                throw new RejectedExecutionException("no thread");
              }
              Thread.ofVirtual().start(work);
            },
            before.contents);
    rig.clock.pass(Duration.ofHours(1));
    engine.scans.set(1);
    rig.spool.start(rig.chain());
    Rig.await("the store was asked", () -> engine.scans.get() == 0);
    refused.set(2); // It is looked at again by whoever keeps the time, who is woken.
    rig.accept("ann@example.net", "cid@example.org");
    Rig.await("bob's mail is tried", () -> rig.carriedTo().contains("bob"));
    rig.spool.close();
  }
}
