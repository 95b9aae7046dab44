package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.story.StorySearch;

/// Mail that is put aside, looked at, run again and thrown away.
final class RepositoriesTest {
  private static final String CHAIN =
      """
      root -> drop
        Second if To(virus,odd)
        Keep
      local -> drop
        Keep
      aside -> keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;
  private static final QueueFilter QUARANTINE = QueueFilter.of("quarantine", Optional.empty());

  private final Rig rig = new Rig(CHAIN);

  RepositoriesTest() {
    rig.mailets.put("Second", mail -> park(mail, Optional.of("local")));
  }

  private static Outcome park(Mail mail, Optional<String> processor) {
    return new Outcome.Park(
        mail.withAttribute("test.why", "virus"), "quarantine", "a virus", processor);
  }

  @AfterEach
  void isSound() {
    rig.assertSound();
  }

  private List<Repositories.Shown> all(Map<String, RepositoryConfig> config) {
    return new Repositories(rig.queue, rig.spool.administration(), config).all();
  }

  private QueueAdministration.Done order(QueueOrder order, MailId id, QueueFilter filter) {
    QueueAdministration orders = rig.spool.administration();
    QueueAdministration.Done expected = orders.preview(order, id, filter);
    QueueAdministration.Done done = orders.carryOut(order, id, filter);
    assertThat(done.recipients()).isEqualTo(expected.recipients());
    return done;
  }

  @Test
  void mailStaysWithItsRecipientsItsNotesAndTheReasonAlsoOverACrash() {
    MailId id = rig.accept("ann@example.net", "virus@example.org", "bob@example.org");
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.restart();
    rig.clock.pass(Duration.ofDays(100));
    rig.drain();
    QueuedRecipient row = rig.rows().getFirst();
    assertThat(row.address().toString()).isEqualTo("virus@example.org");
    assertThat(row.state())
        .isEqualTo(
            new RecipientState.Parked(
                "quarantine", new RecipientState.Place("local", ""), "a virus"));
    assertThat(rig.queue.find(id).orElseThrow().form(row.form()).attributes())
        .containsEntry("test.why", "virus");
    assertThat(rig.queue.counts().parked()).isEqualTo(1);
    assertThat(all(Map.of("other", new RepositoryConfig(Duration.ofDays(2)))))
        .extracting(Repositories.Shown::name, Repositories.Shown::mails)
        .containsExactly(tuple("dead-letters", 0L), tuple("other", 0L), tuple("quarantine", 1L));
  }

  @Test
  void itGoesOnThroughTheProcessorThatWasNamed() {
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    assertThat(order(new QueueOrder.Run(Optional.empty()), id, QUARANTINE).recipients())
        .isEqualTo(1);
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("virus@example.org");
    rig.assertEmpty();
    rig.story.start();
    assertThat(
            new StorySearch(rig.story)
                .find(id.value(), Instant.EPOCH, 10)
                .mails()
                .getFirst()
                .entries())
        .extracting(entry -> entry.event().getClass().getSimpleName())
        .contains("Parked", "Administered", "Served");
  }

  /// As long as it was put aside nobody could try it.
  @Test
  void otherServersAreTriedForAsLongAsForAnyMail() {
    rig.mailets.put("Keep", mail -> new Outcome.Relay(mail, Optional.empty()));
    rig.restart();
    rig.carrier.answer(ScriptedCarrier.deferred());
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    rig.clock.pass(Duration.ofDays(9));
    assertThat(order(new QueueOrder.Run(Optional.empty()), id, QUARANTINE).recipients())
        .isEqualTo(1);
    rig.drain();
    assertThat(rig.rows())
        .extracting(row -> row.address().localPart(), row -> row.state().getClass())
        .containsExactly(tuple("virus", RecipientState.Outgoing.class));
  }

  @Test
  void orThroughTheOneThatTheOperatorNames() {
    rig.mailets.put("Second", mail -> park(mail, Optional.empty()));
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    assertThat(order(new QueueOrder.Run(Optional.empty()), id, QUARANTINE).recipients()).isZero();
    assertThat(rig.spool.administration().processors()).contains("local", "root");
    assertThat(order(new QueueOrder.Run(Optional.of("local")), id, QUARANTINE).recipients())
        .isEqualTo(1);
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("virus@example.org");
    rig.assertEmpty();
  }

  @Test
  void theQueueDoesNotMeanItUnlessAsked() {
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    QueueAdministration orders = rig.spool.administration();
    assertThat(orders.list(QueueFilter.ALL, Optional.empty(), 10).entries()).isEmpty();
    assertThat(order(new QueueOrder.Drop(), id, QueueFilter.ALL).recipients()).isZero();
    assertThat(orders.list(QUARANTINE, Optional.empty(), 10).entries()).hasSize(1);
    assertThat(
            orders.list(QueueFilter.of("other", Optional.empty()), Optional.empty(), 10).entries())
        .isEmpty();
    assertThat(order(new QueueOrder.Drop(), id, QUARANTINE).recipients()).isEqualTo(1);
    rig.assertEmpty();
  }

  /// Orders for all mail of somebody do not mean it either.
  @Test
  void whoHasSentItHasNothingUnderWay() {
    rig.accept("ann@example.net", "virus@example.org", "odd@example.org");
    assertThat(rig.spool.administration().senders()).isEmpty();
    rig.mailets.put("Second", _ -> new Outcome.Retry("later"));
    rig.restart();
    rig.accept("ann@example.net", "virus@example.org");
    assertThat(rig.spool.administration().senders())
        .extracting(SenderState::mails, SenderState::recipients)
        .containsExactly(tuple(1L, 1L));
  }

  @Test
  void whatIsOldIsThrownAwayWhereTheConfigurationSaysSo() {
    rig.accept("ann@example.net", "virus@example.org");
    rig.clock.pass(Duration.ofDays(20));
    rig.accept("ann@example.net", "odd@example.org");
    rig.clock.pass(Duration.ofDays(15));
    var forGood = new Repositories(rig.queue, rig.spool.administration(), Map.of());
    assertThat(forGood.expire()).isZero();
    var month =
        new Repositories(
            rig.queue,
            rig.spool.administration(),
            Map.of("quarantine", new RepositoryConfig(Duration.ofDays(30))));
    assertThat(month.expire()).isEqualTo(1);
    assertThat(rig.rows()).extracting(row -> row.address().localPart()).containsExactly("odd");
    assertThat(month.expire()).isZero();
    rig.clock.pass(Duration.ofDays(20));
    assertThat(month.expire()).isEqualTo(1);
    rig.assertEmpty();
  }

  @Test
  void howLongMailIsKeptCountsFromWhenItWasPutThere() {
    rig.mailets.put("Second", _ -> new Outcome.Retry("later"));
    rig.restart();
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    assertThat(order(new QueueOrder.Hold(), id, QueueFilter.ALL).recipients()).isEqualTo(1);
    rig.clock.pass(Duration.ofDays(40));
    rig.mailets.put("Second", mail -> park(mail, Optional.empty()));
    rig.restart();
    assertThat(order(new QueueOrder.Release(), id, QueueFilter.ALL).recipients()).isEqualTo(1);
    rig.drain();
    var month =
        new Repositories(
            rig.queue,
            rig.spool.administration(),
            Map.of("quarantine", new RepositoryConfig(Duration.ofDays(30))));
    assertThat(month.expire()).isZero();
    assertThat(rig.rows()).hasSize(1);
    rig.clock.pass(Duration.ofDays(31));
    assertThat(month.expire()).isEqualTo(1);
    rig.assertEmpty();
  }

  @Test
  void whatAProcessorKeepsIsInTheRepositoryOfItsName() {
    rig.mailets.put("Second", mail -> new Outcome.Route(mail, "aside"));
    rig.accept("ann@example.net", "virus@example.org");
    assertThat(((RecipientState.Parked) rig.rows().getFirst().state()).repository())
        .isEqualTo("aside");
  }

  /// It would be kept again at once.
  @Test
  void whatAProcessorKeepsGoesOnWhereAnOperatorSays() {
    rig.mailets.put("Second", mail -> new Outcome.Route(mail, "aside"));
    MailId id = rig.accept("ann@example.net", "virus@example.org");
    QueueFilter aside = QueueFilter.of("aside", Optional.empty());
    assertThat(order(new QueueOrder.Run(Optional.empty()), id, aside).recipients()).isZero();
    assertThat(order(new QueueOrder.Run(Optional.of("local")), id, aside).recipients())
        .isEqualTo(1);
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("virus@example.org");
    rig.assertEmpty();
  }

  @Test
  void aDeadLetterGoesBackToTheStepWhereItStopped() {
    rig.mailets.put(
        "Keep",
        _ -> {
          throw new IllegalStateException("broken");
        });
    MailId id = rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < 20; i++) {
      rig.clock.pass(Duration.ofHours(14));
      rig.drain();
    }
    QueueFilter dead = QueueFilter.of("dead-letters", Optional.empty());
    assertThat(all(Map.of()).getFirst().mails()).isEqualTo(1);
    rig.mailets.put("Keep", _ -> new Outcome.Finish("mended"));
    assertThat(order(new QueueOrder.Run(Optional.empty()), id, dead).recipients()).isEqualTo(1);
    rig.drain();
    rig.assertEmpty();
  }

  @Test
  void aRouteToAProcessorThatIsNotThereIsAFailureOfTheStep() {
    rig.mailets.put("Second", mail -> park(mail, Optional.of("nowhere")));
    rig.accept("ann@example.net", "virus@example.org");
    assertThat(rig.rows().getFirst().state()).isInstanceOf(RecipientState.Waiting.class);
    assertThat(rig.rows().getFirst().answer().orElseThrow().text()).contains("nowhere");
  }

  @Test
  void aRepositoryHasANameThatIsOne() {
    rig.mailets.put(
        "Second", mail -> new Outcome.Park(mail, "Qua rantine", "why", Optional.empty()));
    rig.accept("ann@example.net", "virus@example.org");
    assertThat(rig.rows().getFirst().answer().orElseThrow().text()).contains("Qua rantine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RepositoryConfig(Duration.ofMinutes(1)));
  }
}
