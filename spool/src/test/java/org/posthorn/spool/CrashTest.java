package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

/// The power is cut at every commit there is, before and after it is durable: no recipient is lost
/// or served twice, and a step is repeated only when it was the one that was running.
final class CrashTest {
  private static final String CHAIN =
      """
      root -> drop
        Expand
        Effect
        Stamp if To(remote)
        Relay if To(remote)
        Second
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final int LARGE_LIST = 1_200;

  /// What the world outside saw, which no power cut undoes.
  private static final class World {
    /// How often each step ran for each mail and recipient.
    private final Map<String, Integer> effects = new ConcurrentHashMap<>();

    /// Deliveries that are remembered by (mail, recipient), as accounts do.
    private final Map<String, Integer> kept = new TreeMap<>();

    private final List<String> carried = new ArrayList<>();

    Outcome effect(String step, Mail mail) {
      mail.recipients()
          .forEach(recipient ->
              effects.merge(step + " " + mail.id() + " " + recipient.address(), 1, Integer::sum));
      return new Outcome.Continue(mail);
    }

    Outcome keep(Mail mail) {
      mail.recipients().forEach(recipient -> kept.put(mail.id() + " " + recipient.address(), 1));
      return new Outcome.Finish("kept");
    }
  }

  @Test
  void nothingIsLostWhereverThePowerIsCut() {
    for (boolean after : new boolean[] {false, true}) {
      boolean cut = true;
      for (int n = 1; cut; n++) {
        cut = runWithCutAt(n, after);
        assertThat(n).as("commits of a run").isLessThan(60);
      }
    }
  }

  /// False when the whole run needs fewer commits.
  private static boolean runWithCutAt(int n, boolean after) {
    String what = "cut %s commit %d".formatted(after ? "after" : "before", n);
    var world = new World();
    Engine durable = new InMemoryEngine();
    var engine = new CutEngine(durable, n, after);
    Rig rig = rig(engine, world);
    List<MailId> accepted = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        accepted.add(
            rig.accept(
                "ann@example.org",
                "list@example.org",
                "bob" + i + "@example.org",
                "x@remote.example",
                "y@remote.example",
                "bad@remote.example"));
      }
    } catch (CutEngine.PowerCut _) {
      // The sender was told nothing and keeps the mail.
    }
    Rig second = rig(durable, world, rig);
    for (int i = 0; i < 40; i++) {
      second.drain();
      second.clock.pass(Duration.ofHours(1));
    }
    second.drain();
    for (MailId mail : accepted) {
      assertThat(world.kept.keySet())
          .as(what)
          .contains(mail + " one@example.org", mail + " two@example.org");
    }
    assertThat(world.kept.keySet().stream().filter(key -> key.contains(" bob")).count())
        .as(what)
        .isBetween((long) accepted.size(), accepted.size() + 1L);
    assertRelayedOnce(what, world, accepted);
    // A repeatable run may repeat what was running; an effect with steps behind it happens once
    // more at most.
    assertThat(world.effects.values()).as(what).allMatch(count -> count <= 2);
    assertThat(
            world.effects.entrySet().stream()
                .filter(entry -> entry.getValue() == 2)
                .map(entry -> entry.getKey().substring(0, entry.getKey().lastIndexOf(' ')))
                .distinct())
        .as(what + ": only the step that was running is repeated: " + world.effects)
        .hasSizeLessThanOrEqualTo(1);
    second.assertEmpty();
    return engine.isDark();
  }

  private static void assertRelayedOnce(String what, World world, List<MailId> accepted) {
    Map<String, Integer> times = new TreeMap<>();
    world.carried.forEach(key -> times.merge(key, 1, Integer::sum));
    for (MailId mail : accepted) {
      assertThat(times)
          .as(what)
          .containsKeys(mail + " x@remote.example", mail + " y@remote.example");
    }
    // What was carried when the power was cut is carried again: nobody can know better. It is one
    // load at most.
    assertThat(times.values().stream().filter(count -> count > 1).count())
        .as(what + " " + times)
        .isLessThanOrEqualTo(3);
    assertThat(times.values()).as(what).allMatch(count -> count <= 2);
  }

  private static Rig rig(Engine engine, World world) {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run);
    equip(rig, world);
    return rig;
  }

  /// Another start, with the contents of the first.
  private static Rig rig(Engine engine, World world, Rig before) {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run, before.contents);
    equip(rig, world);
    return rig;
  }

  private static void equip(Rig rig, World world) {
    rig.mailets.put("Expand", CrashTest::expand);
    rig.mailets.put("Effect", mail -> world.effect("first", mail));
    rig.mailets.put("Second", mail -> world.effect("second", mail));
    rig.mailets.put("Keep", world::keep);
    rig.carrier.answer((load, recipient) -> {
      if (recipient.address().localPart().equals("bad")) {
        return new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 no");
      }
      world.carried.add(load.id() + " " + recipient.address());
      return new Carrier.Answer.Delivered("mx", "250 ok", true);
    });
    rig.restart();
  }

  private static Outcome expand(Mail mail) {
    List<Recipient> expanded = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      if (recipient.address().localPart().equals("list")) {
        expanded.add(recipient.withAddress(MailAddress.of("one@example.org")));
        expanded.add(recipient.withAddress(MailAddress.of("two@example.org")));
      } else {
        expanded.add(recipient);
      }
    }
    return new Outcome.Continue(mail.withRecipients(expanded));
  }

  /// Of the members of a large list none may get the mail before the list is known to be expanded:
  /// the next start would expand it once more.
  @Test
  void aLargeListIsExpandedOnceWhereverThePowerIsCut() {
    for (boolean after : new boolean[] {false, true}) {
      boolean cut = true;
      for (int n = 1; cut; n++) {
        cut = expandsOnceWithCutAt(n, after);
        assertThat(n).as("commits before anybody gets it").isLessThan(40);
      }
    }
  }

  /// False when the first member gets the mail before that.
  private static boolean expandsOnceWithCutAt(int n, boolean after) {
    var world = new World();
    Engine durable = new InMemoryEngine();
    var engine = new CutEngine(durable, n, after);
    Rig first = largeListRig(engine, world, new InMemoryContentStore());
    boolean accepted = false;
    try {
      var _ = first.accept("ann@example.org", "list@example.org", "bob@remote.example");
      accepted = true;
      first.drain();
    } catch (CutEngine.PowerCut _) {
      // What was not accepted by now comes again.
    }
    if (!world.carried.isEmpty()) {
      return false;
    }
    Rig second = largeListRig(durable, world, first.contents);
    second.drain();
    second.clock.pass(Duration.ofHours(1));
    second.drain();
    String what = "cut %s commit %d".formatted(after ? "after" : "before", n);
    assertThat(world.carried).as(what).doesNotHaveDuplicates();
    if (accepted) {
      assertThat(world.carried).as(what).hasSize(LARGE_LIST + 1);
    }
    second.assertEmpty();
    return true;
  }

  private static Rig largeListRig(Engine engine, World world, ContentStore contents) {
    String chain =
        """
        root -> drop
          Expand
          Relay
        bounces -> drop
        dead-letters -> keep
        """;
    var rig = new Rig(chain, engine, SpoolConfig.defaults(), Runnable::run, contents);
    rig.mailets.put(
        "Expand",
        mail -> {
          List<Recipient> expanded = new ArrayList<>();
          for (Recipient recipient : mail.recipients()) {
            boolean isList = recipient.address().localPart().equals("list");
            for (int i = 0; i < (isList ? LARGE_LIST : 1); i++) {
              expanded.add(
                  isList
                      ? recipient.withAddress(MailAddress.of("user" + i + "@remote.example"))
                      : recipient);
            }
          }
          return new Outcome.Continue(mail.withRecipients(expanded));
        });
    rig.carrier.answer((load, recipient) -> {
      if (engine instanceof CutEngine cut && cut.isDark()) {
        throw new CutEngine.PowerCut();
      }
      world.carried.add(load.id() + " " + recipient.address());
      return new Carrier.Answer.Delivered("mx", "250 ok", true);
    });
    rig.restart();
    return rig;
  }

  /// Random chains of events: mailets that retry, throw, split and change at random, carriers that
  /// answer at random, restarts in between.
  @Test
  void noRecipientIsLostOrServedTwiceWhateverHappens() {
    long seed = System.nanoTime();
    for (int round = 0; round < 15; round++) {
      randomRound(seed + round);
    }
  }

  private static void randomRound(long seed) {
    var random = new Random(seed);
    Map<String, Integer> served = new TreeMap<>();
    List<String> expected = new ArrayList<>();
    var rig =
        new Rig(
            """
            root -> middle
              Chance
              Chance if To(1,2,3)
              Stamp if To(4)_or_not_To(0)
            middle -> root
              Chance
              Relay if To(8,9)
              Chance
              Keep
            bounces -> drop
              Keep
            dead-letters -> keep
            """);
    Consumer<Mail> serve =
        mail ->
            mail.recipients()
                .forEach(recipient ->
                    served.merge(mail.id() + " " + recipient.address(), 1, Integer::sum));
    rig.mailets.put("Chance", mail -> chance(mail, random));
    rig.mailets.put(
        "Keep",
        mail -> {
          serve.accept(mail);
          return new Outcome.Finish("kept");
        });
    rig.carrier.answer((load, recipient) ->
        switch (random.nextInt(4)) {
          case 0 -> new Carrier.Answer.Deferred("4.2.0", Optional.of("mx"), "later");
          case 1 -> new Carrier.Answer.Deferred("4.4.1", Optional.empty(), "no route");
          case 2 -> new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "no");
          default -> {
            served.merge(load.id() + " " + recipient.address(), 1, Integer::sum);
            yield new Carrier.Answer.Delivered("mx", "250", true);
          }
        });
    rig.restart();
    for (int i = 0; i < 30; i++) {
      String[] recipients = new String[1 + random.nextInt(8)];
      for (int r = 0; r < recipients.length; r++) {
        recipients[r] = "u" + random.nextInt(10) + "@d" + r + ".example";
      }
      MailId id = rig.accept("", recipients);
      List.of(recipients).forEach(recipient -> expected.add(id + " " + recipient));
      if (random.nextInt(10) == 0) {
        rig.restart();
      }
    }
    for (int i = 0; i < 400 && !rig.rows().isEmpty(); i++) {
      rig.clock.pass(Duration.ofMinutes(random.nextInt(300)));
      rig.drain();
      runDeadLettersAgain(rig);
      if (random.nextInt(5) == 0) {
        rig.restart();
      }
      rig.assertSound();
    }
    assertThat(served.keySet()).as("seed " + seed).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(served.values()).as("seed " + seed).allMatch(count -> count == 1);
    rig.assertEmpty();
  }

  private static Outcome chance(Mail mail, Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> new Outcome.Retry("chance");
      case 1 -> throw new IllegalStateException("chance");
      case 2 -> throw new StackOverflowError("chance");
      case 3 -> new Outcome.Route(mail, "middle");
      case 4 ->
          new Outcome.Continue(
              mail.withMessage(mail.message().withHeader("X-Chance", "yes"))
                  .withAttribute("test.chance", "" + random.nextInt(3)));
      case 5, 6 -> split(mail, random);
      default -> new Outcome.Continue(mail);
    };
  }

  private static Outcome split(Mail mail, Random random) {
    int at = random.nextInt(mail.recipients().size() + 1);
    List<Recipient> first = mail.recipients().subList(0, at);
    List<Recipient> rest = mail.recipients().subList(at, mail.recipients().size());
    return new Outcome.Split(
        List.of(
            new Outcome.Split.Part(first, new Outcome.Retry("chance")),
            new Outcome.Split.Part(rest, new Outcome.Continue(mail.withRecipients(rest)))));
  }

  private static void runDeadLettersAgain(Rig rig) {
    rig.queue
        .ids(Optional.empty(), 1_000)
        .forEach(id -> {
          var _ = rig.spool.administration().carryOut(new QueueOrder.Retry(), id, DEAD);
        });
  }

  private static final QueueFilter DEAD =
      new QueueFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.of(QueueAdministration.Condition.DEAD),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
}
