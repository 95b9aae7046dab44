package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StorySearch;

/// Mail that a chain sends round and round comes to its end like any other that fails.
final class CirclesTest {
  private final Rig rig =
      new Rig(
          """
          root -> second
            Expand
          second -> third
            Second
          third -> root
            Chance
          bounces -> drop
          dead-letters -> keep
          """);

  @Test
  void aCircleOfThreeIsADeadLetterInTheEnd() {
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put("Second", to("third"));
    rig.mailets.put("Chance", to("root"));
    rig.accept("ann@example.net", "bob@example.org");
    int tries = SpoolConfig.defaults().chainRetries().size();
    for (int i = 1; i <= tries; i++) {
      assertThat(row().attempts()).isEqualTo(i);
      assertThat(row().answer().orElseThrow().text()).contains("goes in circles");
      rig.clock.pass(Duration.ofDays(1));
      rig.drain();
    }
    assertIsDead();
  }

  @Test
  void processorsThatLeadToEachOtherDoSoToo() {
    List.of("Expand", "Second", "Chance")
        .forEach(name -> rig.mailets.put(name, repeatable(Outcome.Continue::new)));
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < SpoolConfig.defaults().chainRetries().size(); i++) {
      rig.clock.pass(Duration.ofDays(1));
      rig.drain();
    }
    assertIsDead();
  }

  /// It goes on from where it is, and not with what was done once more.
  @Test
  void aCircleThatWasMendedIsLeft() {
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put("Second", to("third"));
    rig.mailets.put("Chance", to("second"));
    rig.accept("ann@example.net", "bob@example.org");
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Waiting.class,
            waiting -> assertThat(waiting.place()).isNotEqualTo(new Place("root", "Expand")));
    rig.mailets.put("Expand", _ -> new Outcome.Finish("from the start"));
    rig.mailets.put("Chance", rig.mailet("Keep"));
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  /// However often it went round, and with where it goes.
  @Test
  void theStoryOfACircleIsAFewSteps() {
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put("Second", to("third"));
    rig.mailets.put("Chance", to("root"));
    MailId mail = rig.accept("ann@example.net", "bob@example.org");
    List<StoryEvent> told = told(mail);
    assertThat(told).hasSizeLessThan(10);
    assertThat(told.stream().filter(StoryEvent.Step.class::isInstance))
        .extracting(step -> ((StoryEvent.Step) step).place())
        .startsWith("root/Expand", "second/Second", "third/Chance", "root/Expand");
    assertThat(told)
        .last()
        .isInstanceOfSatisfying(
            StoryEvent.Retried.class,
            last ->
                assertThat(last.why())
                    .contains("root/Expand", " -> second/Second", " -> third/Chance", " -> root,")
                    .contains("100 times"));
  }

  /// Its rounds have an end, so each is told.
  @Test
  void theStoryOfWhatComesRoundSomeTimesIsWhole() {
    var rounds = new AtomicInteger();
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put(
        "Second",
        repeatable(mail ->
            rounds.incrementAndGet() < 40
                ? new Outcome.Route(mail, "root")
                : new Outcome.Finish("after forty")));
    MailId mail = rig.accept("ann@example.net", "bob@example.org");
    List<StoryEvent> told = told(mail);
    assertThat(told.stream().filter(StoryEvent.Step.class::isInstance)).hasSize(80);
    assertThat(told).last().isInstanceOf(StoryEvent.Served.class);
    rig.assertEmpty();
  }

  /// Each begins anew with what the other has let go on.
  @Test
  void stepsThatAskForAnotherTryInTurnComeToAnEnd() {
    var turns = new AtomicInteger();
    rig.mailets.put("Expand", everySecondTime("second"));
    rig.mailets.put("Second", everySecondTime("third"));
    rig.mailets.put(
        "Chance",
        repeatable(mail -> {
          turns.incrementAndGet();
          return new Outcome.Route(mail, "root");
        }));
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < 60 && row().state() instanceof RecipientState.Waiting; i++) {
      rig.clock.pass(Duration.between(rig.clock.instant(), row().due()));
      rig.drain();
    }
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Parked.class, parked -> assertThat(parked.isDeadLetter()).isTrue());
    assertThat(turns).hasValue(SpoolConfig.defaults().chainRetries().size());
  }

  /// A moment is no rest after which all is well.
  @Test
  void aShortWaitInBetweenBeginsNothingAnew() {
    rig.mailets.put("Expand", everySecondTime("second"));
    rig.mailets.put(
        "Second",
        repeatable(mail ->
            new Outcome.Wait(
                mail, rig.clock.instant().plusSeconds(1), "a moment", Optional.of("root"))));
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < 60 && row().state() instanceof RecipientState.Waiting; i++) {
      rig.clock.pass(Duration.between(rig.clock.instant(), row().due()));
      rig.drain();
    }
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Parked.class, parked -> assertThat(parked.isDeadLetter()).isTrue());
  }

  /// What a step said before others came to fail is as if it had not been, where the mail goes on.
  @Test
  void eachStepOnTheWayHasAllItsTries() {
    int tries = SpoolConfig.defaults().chainRetries().size();
    for (String name : List.of("Expand", "Second", "Chance")) {
      var calls = new AtomicInteger();
      rig.mailets.put(
          name,
          repeatable(mail -> {
            if (calls.incrementAndGet() <= tries) {
              return new Outcome.Retry("not now");
            }
            return switch (name) {
              case "Expand" -> new Outcome.Route(mail, "second");
              case "Second" -> new Outcome.Route(mail, "third");
              default -> rig.mailet("Keep").service(mail);
            };
          }));
    }
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 1; i <= 3 * tries; i++) {
      assertThat(row().attempts()).isEqualTo((i - 1) % tries + 1);
      rig.clock.pass(Duration.between(rig.clock.instant(), row().due()));
      rig.drain();
    }
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  /// Whoever runs it again much later finds a mail that has all its tries.
  @Test
  void whatIsParkedHasForgottenItsTries() {
    rig.mailets.put("Expand", everySecondTime("second"));
    rig.mailets.put("Second", everySecondTime("third"));
    rig.mailets.put(
        "Chance", repeatable(mail -> new Outcome.Park(mail, "aside", "a look", Optional.empty())));
    MailId id = rig.accept("ann@example.net", "bob@example.org");
    assertThat(notes(id)).doesNotContainKey("posthorn.tries");
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(notes(id)).containsKey("posthorn.tries");
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(row().state()).isInstanceOf(RecipientState.Parked.class);
    assertThat(notes(id)).doesNotContainKey("posthorn.tries");
  }

  private Map<String, String> notes(MailId id) {
    return rig.queue.find(id).orElseThrow().form(row().form()).attributes();
  }

  private static Mailet everySecondTime(String processor) {
    var calls = new AtomicInteger();
    return repeatable(mail ->
        calls.incrementAndGet() % 2 == 1
            ? new Outcome.Retry("not now")
            : new Outcome.Route(mail, processor));
  }

  private List<StoryEvent> told(MailId mail) {
    rig.story.start();
    return new StorySearch(rig.story)
        .find(mail.value(), Instant.EPOCH, 10).mails().getFirst().entries().stream()
            .map(StoryEntry::event)
            .toList();
  }

  private void assertIsDead() {
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Parked.class,
            parked -> {
              assertThat(parked.isDeadLetter()).isTrue();
              assertThat(parked.reason()).contains("goes in circles");
            });
  }

  private QueuedRecipient row() {
    assertThat(rig.rows()).hasSize(1);
    return rig.rows().getFirst();
  }

  private static Mailet to(String processor) {
    return repeatable(mail -> new Outcome.Route(mail, processor));
  }

  /// Nothing is written down for each of its steps.
  private static Mailet repeatable(Mailet mailet) {
    return new Mailet() {
      @Override
      public Outcome service(Mail mail) {
        return mailet.service(mail);
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }
}
