package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.spool.plugin.PluginConfig;
import org.posthorn.storage.memory.InMemoryEngine;

/// A flood, of reports, of one sender or to hosts that are dead, does not delay the mail of others:
/// how many go before one's mail is what it is on a quiet day, plus its share.
@Timeout(120)
final class LanesTest {
  private static final int FLOOD = 10_000;
  private static final int WORKERS = 4;
  private static final int OUTGOING = 30;
  private static final int TOO_MANY = WORKERS * 3;

  private static final String LOCAL =
      """
      root -> drop
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;
  private static final String RELAY = LOCAL.replace("Keep", "Relay");

  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger atTheGate = new AtomicInteger();
  private final Semaphore turns = new Semaphore(0, /* fair= */ true);

  @Test
  void whoIsTakenOutLeavesTheOthersInTheirOrder() {
    var line = new Lanes<String>();
    var ann = new Sender(Sender.Kind.PEOPLE, "ann");
    for (String each : List.of("a1", "a2", "a3")) {
      line.add(each, 0, ann);
    }
    line.add("b1", 0, new Sender(Sender.Kind.PEOPLE, "bob"));
    line.add("u1", 5, new Sender(Sender.Kind.PEOPLE, "ann"));
    assertThat(line.takeOut(each -> each.startsWith("z"))).isEmpty();

    assertThat(line.takeOut(List.of("a2", "b1", "u1")::contains))
        .containsExactlyInAnyOrder("a2", "b1", "u1");

    assertThat(line.size()).isEqualTo(2);
    List<String> order = new ArrayList<>();
    line.drainTo(order::add);
    assertThat(order).containsExactly("a1", "a3");
    assertThat(line.isEmpty()).isTrue();
  }

  @Test
  void sendersAndKindsTakeTurns() {
    var line = new Lanes<String>();
    var spammer = new Sender(Sender.Kind.PEOPLE, "spammer");
    for (String each : List.of("s1", "s2", "s3", "s4")) {
      line.add(each, 0, spammer);
    }
    line.add("r1", 0, new Sender(Sender.Kind.REPORTS, ""));
    line.add("r2", 0, new Sender(Sender.Kind.REPORTS, ""));
    line.add("a1", 0, new Sender(Sender.Kind.PEOPLE, "ann"));
    line.add("x1", 0, new Sender(Sender.Kind.STRANGERS, "x"));
    assertThat(line.size()).isEqualTo(8);
    assertThat(line.pollLastOfLongest()).isEqualTo("s4");
    assertThat(line.poll(sender -> !sender.equals(spammer))).isEqualTo("x1");
    List<String> order = new ArrayList<>();
    line.drainTo(order::add);
    assertThat(order).containsExactly("r1", "s1", "r2", "a1", "s2", "s3");
    assertThat(line.size()).isZero();
  }

  @Test
  void aFloodOfReportsHoldsUpNobodyInTheChain() {
    assertThat(servedBefore("", FLOOD)).isLessThan(TOO_MANY);
  }

  @Test
  void aFloodOfOneSenderHoldsUpNobodyInTheChain() {
    assertThat(servedBefore("spammer@example.org", FLOOD)).isLessThan(TOO_MANY);
  }

  /// How many of the flood are served before a mail that comes behind it; no more are counted than
  /// is too many. They are let through one at a time, so that none is overtaken because its thread
  /// got no processor.
  private int servedBefore(String flooder, int count) {
    var rig = rig(LOCAL);
    Mailet keep = rig.mailet("Keep");
    rig.mailets.put("Keep", mail -> held(keep, mail));
    rig.spool.start(rig.chain());
    for (int i = 0; i < count; i++) {
      rig.accept(flooder, "bob@example.org");
      if (i == WORKERS) {
        Rig.await("all workers are busy", () -> atTheGate.get() == WORKERS);
      }
    }
    rig.accept("ann@example.org", "bob@example.org");
    int before = -1;
    do {
      before++;
      int served = before + 1;
      turns.release();
      Rig.await(
          "one is served, and the next is there",
          () -> rig.delivered.size() == served && atTheGate.get() == served + WORKERS);
    } while (before < TOO_MANY && !isServed(rig, "ann@example.org"));
    turns.release(count + 1);
    Rig.await("the queue is empty", () -> rig.queue.counts().recipients() == 0);
    rig.spool.close();
    rig.assertEmpty();
    assertThat(rig.delivered).hasSize(count + 1);
    return before;
  }

  private static boolean isServed(Rig rig, String sender) {
    return rig.delivered.stream().anyMatch(delivery -> delivery.sender().equals(sender));
  }

  private Outcome held(Mailet keep, Mail mail) {
    atTheGate.incrementAndGet();
    turns.acquireUninterruptibly();
    return keep.service(mail);
  }

  @Test
  void reportsToHostsThatSayNothingTakeNotAllTheConnections() {
    holdsUpNobodyOnTheWayOut("", true);
  }

  @Test
  void oneSenderToHostsThatSayNothingTakesNotAllTheConnections() {
    holdsUpNobodyOnTheWayOut("spammer@example.org", true);
  }

  @Test
  void oneSenderToOneHostThatSaysNothingTakesNotAllTheRoom() {
    holdsUpNobodyOnTheWayOut("spammer@example.org", false);
  }

  /// While the connections of the flood hang for as long as connections do.
  private void holdsUpNobodyOnTheWayOut(String flooder, boolean manyHosts) {
    var rig = rig(RELAY);
    rig.carrier.answer((load, _) -> {
      if (load.domain().ascii().startsWith("dead")) {
        awaitGate();
        return new Carrier.Answer.Deferred("4.4.1", Optional.empty(), "No answer");
      }
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    rig.spool.start(rig.chain());
    for (int i = 0; i < FLOOD; i++) {
      rig.accept(flooder, "x@dead" + (manyHosts ? i : "") + ".example");
    }
    for (int i = 0; i < 3; i++) {
      rig.accept("ann@example.org", "bob@good.example");
    }
    Rig.await("ann's mail is gone", () -> sent(rig, "good.example") == 3);
    if (!manyHosts) {
      assertThat(sent(rig, "dead.example")).isLessThanOrEqualTo(2);
      rig.accept("bob@example.org", "x@dead.example");
    }
    gate.countDown();
    rig.spool.close();
    rig.assertSound();
  }

  @Test
  void aDeadHostCostsFewTriesHoweverManyMailsThereAreForIt() {
    var rig = rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    rig.spool.start(rig.chain());
    for (int i = 0; i < FLOOD / 10; i++) {
      rig.accept("ann@example.org", "x@dead.example");
    }
    Rig.await(
        "all have been looked at",
        () -> rig.rows().stream().allMatch(row -> row.answer().isPresent()));
    assertThat(sent(rig, "dead.example")).isLessThan(5);
    rig.spool.close();
    rig.assertSound();
  }

  private static long sent(Rig rig, String domain) {
    return rig.carrier.loads().stream()
        .filter(load -> load.domain().ascii().equals(domain))
        .count();
  }

  private void awaitGate() {
    try {
      gate.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static Rig rig(String chain) {
    var config =
        new SpoolConfig(
            WORKERS,
            OUTGOING,
            10,
            List.of(Duration.ofMinutes(5)),
            Duration.ofDays(5),
            Duration.ZERO,
            List.of(Duration.ofMinutes(1)),
            Duration.ofSeconds(10),
            SpoolConfig.Patience.defaults(),
            PluginConfig.defaults());
    return new Rig(chain, new InMemoryEngine(), config, task -> Thread.ofVirtual().start(task));
  }
}
