package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

/// The power is cut at every commit of mail that goes to other servers, and what was not made
/// durable is gone: nothing that was accepted is lost, and a mail goes out twice only if the power
/// was cut between the 250 of the other server and our note of it.
final class OutgoingPowerCutTest {
  private static final String CHAIN =
      """
      root -> drop
        Chance
        Relay if To(remote)
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  /// What the chain does before the mail goes out.
  private enum Chance {
    NOTHING,
    /// The message is written anew.
    REWRITE,
    /// The step may not be repeated, so the mail is in the queue before it.
    ONCE
  }

  /// What other servers took, in this order; no power cut undoes it.
  private final List<String> taken = new ArrayList<>();

  private final Map<String, Integer> tries = new TreeMap<>();

  @Test
  void nothingIsLostAndOnlyWhatWasJustTakenIsDoubled() {
    for (Chance chance : Chance.values()) {
      for (boolean after : new boolean[] {false, true}) {
        boolean cut = true;
        for (int n = 1; cut; n++) {
          cut = runWithCutAt(n, after, chance);
          assertThat(n).as("commits of a run").isLessThan(60);
        }
        assertThat(tries).as("mail went out").isNotEmpty();
      }
    }
  }

  /// False when the whole run needs fewer commits.
  private boolean runWithCutAt(int n, boolean after, Chance chance) {
    taken.clear();
    tries.clear();
    Engine durable = new InMemoryEngine();
    var contents = new SyncedContents();
    var engine = new CutEngine(durable, n, after);
    Rig first = rig(engine, contents, chance);
    List<MailId> accepted = new ArrayList<>();
    try {
      accepted.add(first.accept("ann@example.org", "one@remote.example"));
      accepted.add(first.accept("ann@example.org", "later@remote.example"));
      accepted.add(
          first.accept("ann@example.org", "two@remote.example", "later@other.remote.example"));
      first.clock.pass(Duration.ofHours(1));
      first.drain();
    } catch (CutEngine.PowerCut _) {
      // Whoever was told nothing keeps the mail.
    }
    List<String> before = List.copyOf(taken);
    contents.cutPower();
    Rig second = rig(durable, contents, chance);
    second.clock.pass(Duration.ofHours(1));
    for (int i = 0; i < 3; i++) {
      second.drain();
      second.clock.pass(Duration.ofHours(1));
    }
    assertAccountedFor("%s, cut %s commit %d".formatted(chance, after, n), accepted, before);
    assertThat(second.rows()).isEmpty();
    second.assertSound();
    return engine.isDark();
  }

  private void assertAccountedFor(String what, List<MailId> accepted, List<String> before) {
    Map<String, Integer> times = new TreeMap<>();
    taken.forEach(one -> times.merge(one, 1, Integer::sum));
    for (MailId mail : accepted) {
      assertThat(times.keySet()).as(what).anyMatch(one -> one.startsWith(mail.value() + " "));
    }
    times.forEach((one, count) -> {
      if (count > 1) {
        assertThat(count).as(what).isEqualTo(2);
        assertThat(before).as(what + ": only what was taken last").last().isEqualTo(one);
      }
    });
  }

  private Rig rig(Engine engine, SyncedContents contents, Chance chance) {
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run, contents);
    rig.mailets.put("Chance", new Step(chance));
    rig.mailets.put("Relay", repeatable());
    rig.carrier.answer((load, recipient) -> {
      if (engine instanceof CutEngine cut && cut.isDark()) {
        throw new CutEngine.PowerCut();
      }
      String one = load.id() + " " + recipient.address();
      assertThat(text(load)).as("it is whole").endsWith("body\r\n");
      boolean isFirst = tries.merge(one, 1, Integer::sum) == 1;
      if (isFirst && recipient.address().localPart().equals("later")) {
        return new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 later");
      }
      taken.add(one);
      return new Carrier.Answer.Delivered("mx", "250 ok", true);
    });
    rig.restart();
    return rig;
  }

  private static String text(Carrier.Load load) {
    try (var in = load.message().open()) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Mailet repeatable() {
    return new Mailet() {
      @Override
      public Outcome service(Mail mail) {
        return new Outcome.Relay(mail, Optional.empty());
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }

  private record Step(Chance chance) implements Mailet {
    @Override
    public Outcome service(Mail mail) {
      if (chance != Chance.REWRITE) {
        return new Outcome.Continue(mail);
      }
      try {
        byte[] other = "Subject: other\r\n\r\nother body\r\n".getBytes(StandardCharsets.US_ASCII);
        return new Outcome.Continue(
            mail.withMessage(mail.message().withBytes(new ByteArrayInputStream(other))));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean repeatable() {
      return chance != Chance.ONCE;
    }
  }
}
