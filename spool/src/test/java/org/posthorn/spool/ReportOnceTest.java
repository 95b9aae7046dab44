package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailId;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// Whoever fails is reported once, whatever else fails at the same time.
final class ReportOnceTest {
  private static final String CHAIN =
      """
      root -> relay
        Keep if To(example.org)
      relay -> drop
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  /// One recipient has been reported, and before that is noted another one of the same mail fails
  /// and the power goes.
  @Test
  void anotherRecipientThatFailsMeanwhileDoublesNoReport() {
    var durable = new InMemoryEngine();
    var engine = new CutEngine(durable, Integer.MAX_VALUE, false);
    var rig = new Rig(CHAIN, engine, SpoolConfig.defaults(), Runnable::run);
    rig.carrier.answer((load, _) -> answer(load));
    rig.mailets.put(
        "Bounce",
        mail -> {
          rig.spool.reports().failed(mail);
          fail(rig, mail.id(), "y@two.example");
          engine.cut();
          return new Outcome.Finish("bounced");
        });
    rig.accept("ann@example.org", "x@one.example", "y@two.example");
    try {
      rig.drain();
    } catch (CutEngine.PowerCut _) {
      // Somewhere behind the report.
    }
    assertThat(engine.isDark()).isTrue();

    var after = new Rig(CHAIN, durable, SpoolConfig.defaults(), Runnable::run, rig.contents);
    after.clock.pass(Duration.ofMinutes(1));
    after.drain();
    after.assertEmpty();
    List<String> reports =
        Stream.concat(rig.delivered.stream(), after.delivered.stream())
            .map(Rig.Delivery::text)
            .toList();
    for (String recipient : List.of("x@one.example", "y@two.example")) {
      assertThat(reports)
          .as(recipient)
          .filteredOn(report -> report.contains("Final-Recipient: rfc822; " + recipient))
          .hasSize(1);
    }
  }

  private static Carrier.Answer answer(Carrier.Load load) {
    return load.domain().ascii().equals("one.example")
        ? new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 nobody")
        : new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 4.2.1 later");
  }

  /// As the outgoing queue writes it down.
  private static void fail(Rig rig, MailId mail, String address) {
    QueuedRecipient before =
        rig.queue.find(mail).orElseThrow().recipients().stream()
            .filter(row -> row.address().toString().equals(address))
            .findFirst()
            .orElseThrow();
    rig.clock.pass(Duration.ofMillis(20));
    var why =
        new QueuedRecipient.Answer(
            "5.1.1", Optional.of("mx"), "550 5.1.1 nobody", rig.clock.instant(), true);
    rig.queue.change(
        new QueueChange(mail)
            .replace(
                before,
                before
                    .withAnswer(why)
                    .moved(new RecipientState.Waiting(Aftermath.BOUNCES), rig.clock.instant())));
  }
}
