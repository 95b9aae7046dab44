package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// The store fails for a while and works again.
final class StorageTroubleTest {
  private static final String CHAIN =
      """
      root -> drop
        Relay if To(remote)
        Chance if To(slow)
        Keep
      bounces -> drop
      dead-letters -> keep
      """;

  /// Fails at commits while a switch is on, before or after doing them.
  private static final class Trouble extends ForwardingEngine {
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();
    private volatile boolean broken;
    private volatile boolean afterCommit;

    /// The next commit is the last that is done, and nobody hears of it.
    private volatile boolean breaksAfter;

    Trouble() {
      super(new InMemoryEngine());
    }

    @Override
    public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
      if (broken && !afterCommit) {
        fail();
      }
      Result result = below.commit(partition, expectedVersion, id, batch);
      commits.incrementAndGet();
      broken |= breaksAfter;
      breaksAfter = false;
      if (broken) {
        fail();
      }
      return result;
    }

    private void fail() {
      failures.incrementAndGet();
      throw new StorageUnavailable("No space left");
    }

    @Override
    public Head head(Partition partition) {
      if (broken) {
        fail();
      }
      return below.head(partition);
    }
  }

  private final Trouble engine = new Trouble();
  private final Rig rig =
      new Rig(CHAIN, engine, SpoolConfig.defaults(), work -> Thread.ofVirtual().start(work));

  @Test
  void whatCannotBeWrittenDownIsNotAccepted() {
    engine.broken = true;
    assertThatThrownBy(() -> rig.accept("ann@example.org", "bob@example.org"))
        .isInstanceOf(StorageUnavailable.class);
    engine.broken = false;
    assertThat(rig.delivered).isEmpty();
    rig.assertEmpty();
  }

  private static Mailet repeatable(Function<Mail, Outcome> service) {
    return new Mailet() {
      @Override
      public Outcome service(Mail mail) {
        return service.apply(mail);
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }

  /// The chain takes so long that the rows are written beside it, which fails: the sender is told,
  /// and sends the mail once more.
  @Test
  void aMailThatItsSenderWasRefusedIsNotDeliveredLater() {
    var kept = new AtomicInteger();
    rig.mailets.put("Chance", repeatable(this::afterAFailure));
    rig.mailets.put("Keep", repeatable(_ -> kept(kept)));
    rig.restart();
    engine.broken = true;

    assertThatThrownBy(() -> rig.accept("ann@example.org", "slow@example.org"))
        .isInstanceOf(StorageUnavailable.class);

    engine.broken = false;
    rig.spool.close();
    assertThat(kept).hasValue(0);
    rig.assertEmpty();
  }

  /// The same, but it is the delivery that takes long: the mail is ours.
  @Test
  void aMailThatIsDeliveredWhileItsRowsCannotBeWrittenIsNotRefused() {
    var kept = new AtomicInteger();
    rig.mailets.put("Chance", repeatable(Outcome.Continue::new));
    rig.mailets.put(
        "Keep",
        repeatable(mail -> {
          var _ = afterAFailure(mail);
          return kept(kept);
        }));
    rig.restart();
    engine.broken = true;

    rig.accept("ann@example.org", "slow@example.org");

    engine.broken = false;
    rig.spool.close();
    assertThat(kept).hasValue(1);
    rig.assertEmpty();
  }

  private static Outcome kept(AtomicInteger count) {
    count.incrementAndGet();
    return new Outcome.Finish("kept");
  }

  private Outcome afterAFailure(Mail mail) {
    Rig.await("the rows cannot be written", () -> engine.failures.get() > 0);
    return new Outcome.Continue(mail);
  }

  /// The other server has the mail: whatever the store does, it must not get it again.
  @Test
  void whatWasHandedOverIsWrittenDownAsSoonAsThatIsPossible() throws InterruptedException {
    for (boolean after : new boolean[] {false, true}) {
      engine.afterCommit = after;
      var carried = new CountDownLatch(1);
      rig.carrier.answer((_, _) -> {
        engine.broken = true;
        carried.countDown();
        return new Carrier.Answer.Delivered("mx", "250", true);
      });
      int loads = rig.carrier.loads().size();
      int failures = engine.failures.get();
      rig.accept("ann@example.org", "x@remote.example");
      assertThat(carried.await(60, TimeUnit.SECONDS)).isTrue();
      Rig.await("settling failed", () -> engine.failures.get() > failures);
      engine.broken = false;
      rig.awaitEmpty();
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
      assertThat(rig.carrier.loads()).hasSize(loads + 1);
      rig.assertEmpty();
    }
  }

  /// The commit was done, but nobody heard of it before the spool stopped.
  @Test
  void whatWasHandedOverIsNotWrittenAnewByASpoolThatStops() {
    rig.carrier.answer((_, _) -> {
      engine.afterCommit = true;
      engine.broken = true;
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    rig.accept("ann@example.org", "x@remote.example");
    Rig.await("settling failed", () -> engine.failures.get() > 0);
    engine.broken = false;
    rig.spool.close();

    rig.clock.pass(Duration.ofHours(1));
    rig.restart();
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(1);
    rig.assertEmpty();
  }

  /// Without a pause it would be read again and again, as fast as the machine can.
  @Test
  void aMailThatCannotBeReadNowIsLookedAtAgainInAWhile() {
    var contents = new SyncedContents();
    var other =
        new Rig(CHAIN, new InMemoryEngine(), SpoolConfig.defaults(), Runnable::run, contents);
    other.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    other.restart();
    other.accept("ann@example.org", "bob@example.org");
    other.mailets.put("Keep", _ -> new Outcome.Finish("kept"));
    other.restart();
    other.clock.pass(Duration.ofHours(1));

    contents.failFinding(true);
    assertTimeoutPreemptively(Duration.ofSeconds(20), other::drain);
    assertThat(contents.failures()).isEqualTo(1);
    other.clock.pass(Duration.ofSeconds(9));
    other.drain();
    assertThat(contents.failures()).isEqualTo(1);

    contents.failFinding(false);
    other.clock.pass(Duration.ofSeconds(1));
    other.drain();
    other.assertEmpty();
  }

  @Test
  void aSpoolThatStopsWhileTheStoreFailsLeavesTheRestToTheNextStart() throws InterruptedException {
    var entered = new CountDownLatch(1);
    rig.mailets.put(
        "Keep",
        _ -> {
          engine.broken = true;
          entered.countDown();
          return new Outcome.Finish("kept");
        });
    rig.accept("ann@example.org", "bob@example.org");
    assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();
    rig.spool.close();
    engine.broken = false;
    assertThat(rig.rows()).hasSize(1);
    rig.mailets.put("Keep", _ -> new Outcome.Finish("kept"));
    rig.restart();
    rig.drain();
    rig.awaitEmpty();
    rig.assertEmpty();
  }

  @Test
  void whatTheQueueNamesIsDurable() {
    var noting = new SyncedContents();
    var other = new Rig(CHAIN, new InMemoryEngine(), SpoolConfig.defaults(), Runnable::run, noting);
    other.mailets.put("Relay", StorageTroubleTest::rewritten);
    other.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    other.restart();
    other.accept("ann@example.org", "bob@example.org", "x@remote.example");
    Set<ContentId> named = new HashSet<>();
    other.queue.contents(named::add);
    assertThat(named).hasSize(2);
    assertThat(noting.synced()).containsAll(named);
  }

  private static Outcome rewritten(Mail mail) {
    try {
      return new Outcome.Continue(
          mail.withMessage(mail.message().withBytes(InputStream.nullInputStream())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The operator hears why, and what was not done then is not done behind the operator's back.
  @Test
  void anOrderThatCannotBeWrittenIsGivenUpAtOnce() {
    rig.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    MailId mail = rig.accept("ann@example.org", "bob@example.org", "cid@example.org");
    QueueAdministration queue = rig.spool.administration();
    awaitRest(queue, mail, QueueFilter.ALL);
    List<QueuedRecipient> before = rig.rows();
    for (QueueOrder order : List.of(new QueueOrder.Drop(), new QueueOrder.Hold())) {
      engine.broken = true;
      assertThatThrownBy(() ->
              assertTimeoutPreemptively(
                  Duration.ofSeconds(5), () -> queue.carryOut(order, mail, QueueFilter.ALL)))
          .isInstanceOf(StorageUnavailable.class);
      engine.broken = false;
      assertThat(rig.rows()).isEqualTo(before);
    }
    assertThat(queue.carryOut(new QueueOrder.Hold(), mail, QueueFilter.ALL))
        .isEqualTo(new QueueAdministration.Done(2, 0));
  }

  /// Of a mail on its way to many servers, too: a store that fails has done all of it or nothing.
  @Test
  void anOrderForOneMailIsOneChange() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    MailId mail =
        rig.accept("ann@example.org", "bob@example.org", "x@remote.example", "y@b.remote.example");
    QueueAdministration queue = rig.spool.administration();
    Rig.await("all were tried", () -> rig.rows().stream().allMatch(row -> row.attempts() == 1));
    awaitRest(queue, mail, QueueFilter.ALL);
    for (QueueOrder order :
        List.of(new QueueOrder.Hold(), new QueueOrder.Release(), new QueueOrder.Drop())) {
      int before = engine.commits.get();
      assertThat(queue.carryOut(order, mail, QueueFilter.ALL).recipients()).isEqualTo(3);
      assertThat(engine.commits.get() - before).isEqualTo(1);
    }
    rig.assertEmpty();
  }

  /// Until the chain has tried it once.
  private void awaitRest(QueueAdministration queue, MailId mail, QueueFilter which) {
    Rig.await("it was tried", () -> rig.rows().stream().anyMatch(row -> row.attempts() == 1));
    Rig.await(
        "nobody works on it", () -> queue.preview(new QueueOrder.Hold(), mail, which).busy() == 0);
  }

  /// It was given up, and is on the disk all the same. Since somebody works on the mail meanwhile,
  /// what is known of it is not read anew.
  @Test
  void whatTurnsUpOfAnOrderThatWasGivenUpIsReckonedWith() {
    var goOn = new CountDownLatch(1);
    rig.carrier.answer((_, _) -> {
      awaitQuietly(goOn);
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    rig.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    MailId mail = rig.accept("ann@example.org", "bob@example.org", "x@remote.example");
    QueueAdministration queue = rig.spool.administration();
    QueueFilter bob = to("bob@example.org");
    awaitRest(queue, mail, bob);
    Rig.await("the other is under way", () -> !rig.carrier.loads().isEmpty());
    engine.breaksAfter = true;
    assertThatThrownBy(() ->
            assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> queue.carryOut(new QueueOrder.Retry(true), mail, bob)))
        .isInstanceOf(StorageUnavailable.class);
    engine.broken = false;
    rig.mailets.put("Keep", _ -> new Outcome.Finish("kept"));
    rig.spool.use(rig.chain());
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    Rig.await("it is kept", () -> rig.rows().size() == 1);
    goOn.countDown();
    rig.awaitEmpty();
    rig.assertEmpty();
  }

  /// Nobody knew whether it was written, and it is: whoever brings it once more hears that it is
  /// here.
  @Test
  void whatTurnsUpOfAMailThatCouldNotBeTakenBackGoesOn() {
    rig.drain(); // What is due is read once, at the start.
    QueueAdministration queue = rig.spool.administration();
    Recipient bob = Recipient.of(MailAddress.of("bob@remote.example"));
    var mail =
        new NewMail(
            Optional.empty(),
            List.of(bob),
            rig.store("Subject: x\r\n\r\nx\r\n"),
            "",
            List.of(),
            NewMail.Options.NONE,
            new Origin(Optional.empty(), "", Optional.empty(), "ESMTP", "c", rig.clock.instant()));
    var outgoing = new RecipientState.Outgoing(bob.address().domain(), Optional.empty());
    var exact =
        new QueuedMail(
            new MailId("m1"),
            Rows.arrival(mail.origin(), mail.options()),
            List.of(Rows.firstForm(mail)),
            List.of(Rows.row(0, 0, bob, outgoing, rig.clock.instant())),
            Set.of());
    var standing = new QueueAdministration.Standing(false, /* outgoing= */ true, Optional.empty());
    List<BooleanSupplier> ways =
        List.of(
            () -> queue.takeBack(exact, mail, Map.of()),
            () -> queue.takeBack(new MailId("m2"), mail, _ -> standing));
    for (BooleanSupplier takeBack : ways) {
      engine.breaksAfter = true;
      assertThatThrownBy(takeBack::getAsBoolean).isInstanceOf(StorageUnavailable.class);
      engine.broken = false;
      assertThat(takeBack.getAsBoolean()).isFalse();
      rig.drain();
      rig.awaitEmpty();
    }
    assertThat(rig.carrier.loads()).hasSize(2);
    rig.assertEmpty();
  }

  private static QueueFilter to(String recipient) {
    return new QueueFilter(
        Optional.empty(),
        Optional.of(recipient),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Those who do it insist, since it happened: that is no reason to say that they are busy.
  @Test
  void whoIsBusySinceTheStoreFailsIsNotNamedAsTheReason() {
    rig.carrier.answer((_, _) -> {
      engine.broken = true;
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    MailId mail = rig.accept("ann@example.org", "x@remote.example");
    Rig.await("settling failed", () -> engine.failures.get() > 0);
    assertThatThrownBy(
            () -> rig.spool.administration().carryOut(new QueueOrder.Drop(), mail, QueueFilter.ALL))
        .isInstanceOf(StorageUnavailable.class);
    engine.broken = false;
    rig.awaitEmpty();
  }

  /// Nobody calls drain here: the spool's own clock does it.
  @Test
  void whatIsDueLaterComesUpByItself() throws InterruptedException {
    var tries = new CountDownLatch(2);
    var config = SpoolConfig.defaults();
    var quick =
        new SpoolConfig(
            config.workers(),
            config.outgoing(),
            config.outgoingPerDestination(),
            config.relayRetries(),
            config.giveUpAfter(),
            config.delayNoticeAfter(),
            List.of(Duration.ofSeconds(1)),
            config.stopGrace(),
            config.patience(),
            config.plugins());
    var own =
        new Spool(
            rig.queue,
            rig.contents,
            rig.carrier,
            rig.spool.returnPaths(),
            quick,
            new ServerName("mail.example.org"),
            InstantSource.system());
    rig.mailets.put(
        "Keep",
        _ -> {
          tries.countDown();
          return tries.getCount() == 0
              ? new Outcome.Finish("kept")
              : new Outcome.Retry("once more");
        });
    own.start(rig.chain());
    rig.spool = own;
    rig.accept("ann@example.org", "bob@example.org");
    assertThat(tries.await(20, TimeUnit.SECONDS)).isTrue();
    own.close();
    rig.assertEmpty();
  }
}
