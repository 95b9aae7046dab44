package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Submission;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// A step that makes a new mail for each mail, which comes through the chain again.
final class SubmissionLoopTest {
  private static final String CHAIN =
      """
      root -> drop
        Effect
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private final Rig rig = new Rig(CHAIN);
  private final AtomicInteger made = new AtomicInteger();
  private final List<String> headers = new CopyOnWriteArrayList<>();

  @Test
  void aMailForEachMailEndsInTheDeadLetters() {
    rig.mailets.put(
        "Effect",
        mail -> {
          submitted(mail);
          return new Outcome.Continue(mail);
        });
    endsAfterTheLastGeneration();
  }

  /// Two for each would be a million before the last generation.
  @Test
  void severalMailsForEachMailEndLongBeforeTheLastGeneration() {
    rig.mailets.put(
        "Effect",
        mail -> {
          submitted(mail, "one");
          made.incrementAndGet();
          if (mail.origin().protocol().equals("local")) {
            submitted(mail, "two");
            made.incrementAndGet();
          }
          return new Outcome.Continue(mail);
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    // One of the second generation and its two are not counted.
    assertThat(made.get()).isEqualTo(3 + Lines.DESCENDANTS_MAX);
    List<String> reasons =
        rig.rows().stream()
            .map(row -> ((RecipientState.Parked) row.state()).reason())
            .filter(reason -> !reason.contains("20th"))
            .toList();
    assertThat(reasons).isNotEmpty();
    assertThat(reasons.getFirst()).contains("5000 were made today one for the other", "pass those");
    rig.assertSound();
  }

  @Test
  void aCopyOfEachMailEndsThereTooAndARestartForgetsNothing() {
    rig.mailets.put(
        "Effect",
        mail -> {
          var _ = rig.spool.derive(mail.id(), "copy", mail.withoutAttribute("posthorn.generation"));
          if (made.incrementAndGet() == 7) {
            throw new AssertionError("stop here");
          }
          return new Outcome.Continue(mail);
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    rig.restart();
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(rig.delivered).hasSize(Submission.GENERATIONS_MAX);
    isOneDeadLetter();
  }

  @Test
  void aStepThatTakesNoForAnAnswerLosesNothing() {
    rig.mailets.put(
        "Effect",
        mail -> {
          try {
            submitted(mail);
          } catch (IllegalStateException _) {
            // Then without.
          }
          return new Outcome.Continue(mail);
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(rig.delivered).hasSize(Submission.GENERATIONS_MAX + 1);
    rig.assertEmpty();
  }

  /// A step that gives each mail a sender, also the reports: each of them fails and is reported.
  @Test
  void reportsAboutReportsEndQuietly() {
    rig.mailets.put(
        "Effect",
        mail -> {
          if (made.incrementAndGet() > 3 * Submission.GENERATIONS_MAX) {
            return new Outcome.Finish("it goes on for ever");
          }
          var nobody = new Recipient.Failure("5.1.1", Optional.empty(), "nobody");
          return new Outcome.Route(
              mail.withSender(Optional.of(MailAddress.of("ann@example.org")))
                  .withRecipients(
                      mail.recipients().stream()
                          .map(one -> Recipient.of(one.address()).withFailure(nobody))
                          .toList()),
              "bounces");
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(made).hasValue(Submission.GENERATIONS_MAX + 1);
    rig.assertEmpty();
  }

  @Test
  void whatIsMadeOnceForAMailFromOutsideIsAsEver() {
    rig.mailets.put(
        "Effect",
        mail -> {
          if (!mail.origin().protocol().equals("local")) {
            submitted(mail);
          }
          assertThat(mail.attributes()).isEmpty();
          return new Outcome.Continue(mail);
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(rig.delivered).hasSize(2);
    rig.assertEmpty();
  }

  @Test
  void aMessageWithoutDateAndIdIsGivenThem() {
    rig.mailets.put(
        "Effect",
        mail -> {
          if (mail.origin().protocol().equals("local")) {
            headers.add(mail.message().headers().toString());
          } else {
            submitted(mail);
          }
          return new Outcome.Continue(mail);
        });
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(headers)
        .singleElement()
        .asString()
        .contains("Subject", "Date, value=", "Message-ID, value=<", "@mail.example.org>");
  }

  @Test
  void aNoticeForEachMailEndsInTheDeadLetters() {
    rig.mailets.put("Effect", this::tells);
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(rig.delivered).hasSize(1 + 2);
    isADeadLetter("No more notice is sent to ann@example.org", "protocol 'local'");
  }

  /// Notice, mail on its behalf, notice, and so on.
  @Test
  void noticesAndOtherMailInTurnsEndToo() {
    rig.mailets.put(
        "Effect",
        mail -> mail.origin().connection().equals("notice") ? submits(mail) : tells(mail));
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    isADeadLetter("No more notice is sent to ann@example.org");
  }

  /// From a thread that has no mail in hand, and so is nobody's child.
  @Test
  void noticesWithoutPauseEndForAnHour() throws InterruptedException {
    Services services = services();
    var count = new AtomicInteger();
    Thread told =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (count.get() < 2_000) {
                  services.tell(MailAddress.of("ann@example.org"), "again", "x");
                  count.incrementAndGet();
                }
              } catch (IllegalStateException e) {
                headers.add(e.getMessage());
              }
            });
    told.join();
    assertThat(count).hasValue(1_000);
    assertThat(headers).singleElement().asString().contains("there were 1000 since");
    services.tell(MailAddress.of("bob@example.org"), "another", "x");
    rig.clock.pass(Duration.ofHours(1));
    services.tell(MailAddress.of("ann@example.org"), "again", "x");
  }

  @Test
  void noticesGoOnAnHourAfterTheClockWasSetBack() {
    Services services = services();
    var to = MailAddress.of("ann@example.org");
    rig.clock.pass(Duration.ofDays(400));
    for (int i = 0; i < 1_000; i++) {
      services.tell(to, "again", "x");
    }
    rig.clock.pass(Duration.ofDays(-399));
    assertThatThrownBy(() -> services.tell(to, "again", "x"))
        .isInstanceOf(IllegalStateException.class);
    rig.clock.pass(Duration.ofHours(1));
    services.tell(to, "again", "x");
  }

  private Outcome tells(Mail mail) {
    services().tell(mail.recipients().getFirst().address(), "There is mail", "x");
    return new Outcome.Continue(mail);
  }

  private Outcome submits(Mail mail) {
    submitted(mail);
    return new Outcome.Continue(mail);
  }

  private void endsAfterTheLastGeneration() {
    rig.accept("sender@example.net", "ann@example.org");
    rig.drain();
    assertThat(rig.delivered).hasSize(Submission.GENERATIONS_MAX);
    isOneDeadLetter();
  }

  private void isOneDeadLetter() {
    isADeadLetter("The chain makes a new mail for each mail", "20th");
  }

  private void isADeadLetter(String... words) {
    QueuedRecipient left = rig.rows().getFirst();
    assertThat(rig.rows()).hasSize(1);
    assertThat(left.state())
        .isInstanceOfSatisfying(
            RecipientState.Parked.class,
            parked -> {
              assertThat(parked.repository()).isEqualTo("dead-letters");
              assertThat(parked.reason()).contains(words);
            });
    rig.assertSound();
  }

  private void submitted(Mail mail) {
    submitted(mail, "again");
  }

  private void submitted(Mail mail, String purpose) {
    MailId id =
        submission()
            .submit(
                mail.id(),
                purpose,
                Optional.empty(),
                List.of(mail.recipients().getFirst()),
                "Subject: again\n\nx\n");
    assertThat(id).isNotEqualTo(mail.id());
  }

  private Submission submission() {
    return services().submission();
  }

  private Services services() {
    var rest = new TestServices();
    return rig.spool.services(
        rest.dns(),
        rest.http(),
        rest.directory(),
        rest.metrics(),
        new SpoolServices.Kept(rest::memory, rest::store));
  }
}
