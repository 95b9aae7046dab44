package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.story.StorySearch;

/// A mail that is served while its sender waits is never written into the queue, and is no less
/// safe for it.
final class AcceptanceTest {
  private static final String CHAIN =
      """
      root -> drop
        Chance
        Effect if To(carl)
        Second
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final Partition QUEUE = new Partition(Partition.Kind.QUEUE, "spool");
  private static final Partition ACCOUNT = new Partition(Partition.Kind.ACCOUNT, "bob");

  private Rig rig = rig(new InMemoryEngine(), Runnable::run);

  /// A mailet that may be repeated, as those that ship.
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

  /// Its step Keep makes a row of an account, once for each mail.
  private static Rig rig(Engine engine, Consumer<Runnable> starter) {
    return rig(engine, starter, new InMemoryContentStore());
  }

  private static Rig rig(Engine engine, Consumer<Runnable> starter, ContentStore contents) {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), starter, contents);
    rig.mailets.put("Chance", repeatable(Outcome.Continue::new));
    rig.mailets.put("Effect", repeatable(Outcome.Continue::new));
    rig.mailets.put("Second", repeatable(Outcome.Continue::new));
    rig.mailets.put("Keep", repeatable(mail -> keep(engine, mail)));
    rig.restart();
    return rig;
  }

  private static Outcome keep(Engine engine, Mail mail) {
    byte[] key = mail.id().value().getBytes(StandardCharsets.US_ASCII);
    if (engine.get(ACCOUNT, key).isEmpty()) {
      var _ =
          engine.commit(
              ACCOUNT,
              engine.head(ACCOUNT).version(),
              CommitId.random(),
              new Batch().put(key, new byte[] {1}));
    }
    return new Outcome.Finish("kept");
  }

  private static boolean isKept(Engine engine, MailId mail) {
    return engine.get(ACCOUNT, mail.value().getBytes(StandardCharsets.US_ASCII)).isPresent();
  }

  @Test
  void whatIsServedAtOnceIsNeverInTheQueue() {
    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    assertThat(isKept(rig.engine, mail)).isTrue();
    assertThat(rig.engine.head(QUEUE).version()).isZero();
    rig.assertEmpty();
  }

  @Test
  void itsStoryBeginsWithItsAcceptance() {
    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    rig.story.start();
    List<StorySearch.MailStory> stories =
        new StorySearch(rig.story).find(mail.value(), Instant.EPOCH, 10).mails();
    assertThat(stories.getFirst().entries())
        .extracting(entry -> entry.event().getClass().getSimpleName())
        .containsExactly("Accepted", "Step", "Step", "Step", "Served");
  }

  @Test
  void nothingIsLostOrDoubledWhereverThePowerIsCut() {
    for (boolean after : new boolean[] {false, true}) {
      for (boolean retries : new boolean[] {false, true}) {
        boolean cut = true;
        for (int n = 1; cut; n++) {
          cut = runWithCutAt(n, after, retries);
          assertThat(n).as("commits of a run").isLessThan(60);
        }
      }
    }
  }

  /// False when the whole run needs fewer commits. With `retries` each mail has to wait once.
  private static boolean runWithCutAt(int n, boolean after, boolean retries) {
    Engine durable = new InMemoryEngine();
    var engine = new CutEngine(durable, n, after);
    Rig first = rig(engine, Runnable::run);
    if (retries) {
      first.mailets.put("Second", repeatable(_ -> new Outcome.Retry("not now")));
    }
    List<MailId> accepted = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        accepted.add(first.accept("ann@example.org", "bob@example.org"));
      }
    } catch (CutEngine.PowerCut _) {
      // The sender was told nothing and keeps the mail.
    }
    Rig second = rig(durable, Runnable::run, first.contents);
    second.clock.pass(Duration.ofHours(1));
    second.drain();

    String what = "cut %s commit %d, %s".formatted(after ? "after" : "before", n, retries);
    assertThat(accepted).as(what).allMatch(mail -> isKept(durable, mail));
    assertThat(durable.head(ACCOUNT).version())
        .as(what)
        .isBetween((long) accepted.size(), accepted.size() + 1L);
    assertThat(second.rows()).as(what).isEmpty();
    return engine.isDark();
  }

  @Test
  void aStepThatMayNotBeRepeatedFindsTheMailInTheQueue() {
    var there = new AtomicBoolean();
    rig.mailets.put(
        "Second",
        mail -> {
          there.set(isQueued(mail));
          return new Outcome.Continue(mail);
        });
    rig.restart();

    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    assertThat(there).isTrue();
    assertThat(isKept(rig.engine, mail)).isTrue();
    rig.assertEmpty();
  }

  @Test
  void aMailToSeveralIsInTheQueueBeforeTheFirstStep() {
    var there = new AtomicBoolean();
    rig.mailets.put(
        "Chance",
        repeatable(mail -> {
          there.set(isQueued(mail));
          return new Outcome.Continue(mail);
        }));

    rig.accept("ann@example.org", "bob@example.org", "carl@example.org");

    assertThat(there).isTrue();
    rig.assertEmpty();
  }

  @Test
  void aMailThatBecomesOneToSeveralIsInTheQueueBeforeTheNextStep() {
    var there = new AtomicBoolean();
    rig.mailets.put("Chance", repeatable(AcceptanceTest::toTwo));
    rig.mailets.put(
        "Effect",
        repeatable(mail -> {
          assertThat(mail.recipients()).hasSize(1);
          there.set(isQueued(mail));
          return new Outcome.Finish("kept elsewhere");
        }));

    rig.accept("ann@example.org", "bob@example.org");

    assertThat(there).isTrue();
    rig.assertEmpty();
  }

  private static Outcome toTwo(Mail mail) {
    List<Recipient> both = new ArrayList<>(mail.recipients());
    both.add(Recipient.of(MailAddress.of("carl@example.org")));
    return new Outcome.Continue(mail.withRecipients(both));
  }

  @Test
  void aMailOnWhoseBehalfAnotherIsMadeIsInTheQueueBefore() {
    var there = new AtomicBoolean();
    rig.mailets.put(
        "Second",
        repeatable(mail -> {
          rig.spool.reports().failed(mail);
          there.set(isQueued(mail));
          return new Outcome.Continue(mail);
        }));

    rig.accept("ann@example.org", "bob@example.org");

    assertThat(there).isTrue();
    rig.drain();
    rig.assertEmpty();
  }

  @Test
  void aMailThatHasToWaitIsInTheQueue() {
    rig.mailets.put("Second", repeatable(_ -> new Outcome.Retry("not now")));

    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    assertThat(rig.rows()).hasSize(1).allMatch(row -> row.attempts() == 1);
    rig.mailets.put("Second", repeatable(Outcome.Continue::new));
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    assertThat(isKept(rig.engine, mail)).isTrue();
    rig.assertEmpty();
  }

  /// Taking it over and sending it on are one commit.
  @Test
  void aMailThatGoesToAnotherServerIsWrittenOnceBeforeThat() {
    var versions = new ArrayList<Long>();
    rig.mailets.put("Second", repeatable(mail -> new Outcome.Relay(mail, Optional.empty())));
    rig.carrier.answer((_, _) -> {
      versions.add(rig.engine.head(QUEUE).version());
      return new Carrier.Answer.Delivered("mx", "250", true);
    });

    rig.accept("ann@example.org", "x@remote.example");

    assertThat(versions).containsExactly(1L);
    rig.assertEmpty();
  }

  /// The same where the chain changed the message and the recipients.
  @Test
  void whatTheChainMadeOfAMailIsWrittenWithIt() {
    rig.mailets.put(
        "Chance",
        repeatable(mail ->
            new Outcome.Continue(
                mail.withMessage(mail.message().withHeader("X-Chance", "yes"))
                    .withRecipients(
                        List.of(
                            Recipient.of(MailAddress.of("x@remote.example")),
                            Recipient.of(MailAddress.of("y@remote.example")))))));
    rig.mailets.put("Second", repeatable(mail -> new Outcome.Relay(mail, Optional.empty())));
    rig.carrier.answer((_, _) -> new Carrier.Answer.Deferred("4.4.1", Optional.empty(), "no"));

    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    rig.restart();
    assertThat(rig.rows())
        .extracting(row -> row.address().toString())
        .containsExactlyInAnyOrder("x@remote.example", "y@remote.example");
    assertThat(rig.queue.find(mail).orElseThrow().forms()).hasSize(2);
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    assertThat(rig.carrier.loads().getLast().message().headers())
        .anyMatch(field -> field.is("X-Chance"));
    rig.assertEmpty();
  }

  @Test
  void aMailThatCannotBeWrittenIsRefused() {
    var engine = new CutEngine(new InMemoryEngine(), 1, false);
    rig = rig(engine, Runnable::run);
    rig.mailets.put("Second", repeatable(_ -> new Outcome.Retry("not now")));

    assertThatThrownBy(() -> rig.accept("ann@example.org", "bob@example.org"))
        .isInstanceOf(CutEngine.PowerCut.class);
  }

  @Test
  void aSlowChainKeepsNoSenderWaiting() throws InterruptedException {
    rig = rig(new InMemoryEngine(), work -> Thread.ofVirtual().start(work));
    var go = new CountDownLatch(1);
    rig.mailets.put(
        "Second",
        repeatable(mail -> {
          await(go);
          return new Outcome.Continue(mail);
        }));

    MailId mail = rig.accept("ann@example.org", "bob@example.org");

    assertThat(rig.queue.find(mail)).isPresent();
    assertThat(isKept(rig.engine, mail)).isFalse();
    go.countDown();
    rig.awaitEmpty();
    assertThat(isKept(rig.engine, mail)).isTrue();
    rig.assertEmpty();
  }

  private static void await(CountDownLatch go) {
    try {
      go.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void manySendersAtOnceHaveTheirMailServedOnce() throws InterruptedException {
    rig = rig(new InMemoryEngine(), work -> Thread.ofVirtual().start(work));
    rig.mailets.put("Keep", repeatable(mail -> keptAlone(rig.engine, mail)));
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int n = 0; n < 20; n++) {
                  rig.accept("ann@example.org", "bob@example.org");
                }
              }));
    }
    for (Thread sender : senders) {
      sender.join();
    }

    rig.awaitEmpty();
    assertThat(rig.engine.head(ACCOUNT).version()).isEqualTo(400);
    rig.assertEmpty();
  }

  private static synchronized Outcome keptAlone(Engine engine, Mail mail) {
    return keep(engine, mail);
  }

  private boolean isQueued(Mail mail) {
    return rig.queue.find(mail.id()).filter(found -> !found.recipients().isEmpty()).isPresent();
  }
}
