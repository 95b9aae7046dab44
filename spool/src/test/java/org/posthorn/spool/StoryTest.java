package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.story.StoryConfig;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryLog;
import org.posthorn.storage.story.StorySearch;

/// Whatever the queue did has an event: after random fates of random mails the last event of each
/// recipient says where it is.
class StoryTest {
  private static final int MAILS = 60;

  private final Random random = new Random(7);
  private final Rig rig =
      new Rig(
          """
          root -> drop
            Relay if To(.example)
            Chance
            Keep
          bounces -> drop
            Bounce
          dead-letters -> keep
          """);

  @Test
  void theLastEventOfEachRecipientSaysWhereItIs() {
    rig.carrier.answer((_, _) ->
        switch (random.nextInt(3)) {
          case 0 -> new Carrier.Answer.Delivered("mx.example.net", "250 ok", true);
          case 1 -> new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 4.2.1 later");
          default -> new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 nobody");
        });
    rig.mailets.put(
        "Chance",
        mail -> random.nextBoolean() ? new Outcome.Continue(mail) : new Outcome.Retry("not now"));
    List<MailId> mails = new ArrayList<>();
    for (int i = 0; i < MAILS; i++) {
      mails.add(rig.accept("ann@example.org", "x@one.example", "y@two.example", "bob@example.org"));
    }
    for (int i = 0; i < 6; i++) {
      check(mails);
      rig.clock.pass(Duration.ofHours(2));
      rig.drain();
    }
    check(mails);
  }

  @Test
  void aBounceStandsWithTheMailThatItIsAbout() {
    rig.carrier.answer(ScriptedCarrier.failed());
    MailId mail = rig.accept("ann@example.org", "x@one.example");

    List<StorySearch.MailStory> stories = stories(mail);

    assertThat(stories).hasSize(2);
    assertThat(stories.getLast().parent()).isEqualTo(mail.value());
    assertThat(stories.getFirst().entries())
        .extracting(entry -> entry.event().getClass().getSimpleName())
        .containsSubsequence("Accepted", "Step", "Failed", "Step", "Served");
  }

  @Test
  void whatAStepChangedIsToldWithIt() {
    rig.mailets.put(
        "Chance",
        mail ->
            new Outcome.Continue(
                mail.withMessage(mail.message().withHeader("X-New", "yes"))
                    .withRecipients(mail.recipients().subList(0, 1))));
    MailId mail = rig.accept("ann@example.org", "bob@example.org", "cid@example.org");

    assertThat(stories(mail).getFirst().entries())
        .extracting(StoryEntry::event)
        .filteredOn(StoryEvent.Step.class::isInstance)
        .extracting(step -> ((StoryEvent.Step) step).outcome())
        .containsExactly("goes on; changed the message; recipients 2 to 1", "done: kept");
    assertThat(stories(mail).getFirst().entries())
        .extracting(StoryEntry::event)
        .contains(
            new StoryEvent.Served(
                StoryEvent.Addresses.one("cid@example.org"),
                "root/Chance",
                "left out by the step"));
  }

  /// One after the other, as they were asked; that one failed stands in its own note.
  @Test
  void whatGatesNotedIsToldInTheirOrder() {
    var notes = new LinkedHashMap<String, String>();
    for (String gate : List.of("zeta", "alpha", "mid", "failed", "beta", "omega")) {
      notes.put("gate." + gate, "what " + gate + " said");
    }
    MailId mail =
        rig.spool.accept(
            rig.spool.newId(),
            new NewMail(
                Optional.empty(),
                List.of(Recipient.of(MailAddress.of("bob@example.org"))),
                rig.store("Subject: x\r\n\r\nx\r\n"),
                "",
                List.of(),
                NewMail.Options.NONE,
                new Origin(
                    Optional.empty(), "", Optional.empty(), "ESMTP", "c2", rig.clock.instant()),
                notes));

    assertThat(stories(mail).getFirst().entries().getFirst().event())
        .isInstanceOfSatisfying(
            StoryEvent.Accepted.class,
            accepted ->
                assertThat(accepted.gates())
                    .extracting(StoryEvent.GateNote::gate)
                    .containsExactly("zeta", "alpha", "mid", "beta", "omega"));
  }

  /// Or an import would send to them what they have got.
  @Test
  void allWhomAStepHasServedTogetherAreKnown() {
    String[] all =
        IntStream.range(0, 200).mapToObj(i -> "x" + i + "@example.org").toArray(String[]::new);
    rig.mailets.put("Keep", _ -> new Outcome.Finish("delivered into INBOX"));
    rig.mailets.put("Chance", Outcome.Continue::new);
    Instant before = rig.clock.instant();
    rig.story.start();
    MailId mail = rig.accept("ann@example.org", all);
    rig.drain();
    assertThat(rig.story.delivered(Map.of(mail.value(), before), _ -> true).get(mail.value()))
        .containsExactlyInAnyOrder(all);
  }

  @Test
  void whatTheStoryHasLostOfMailThatIsHereIsToldAgainOnce() {
    rig.carrier.answer(
        (_, _) -> new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 4.2.1 later"));
    MailId known = rig.accept("ann@example.org", "x@one.example");
    rig.drain();
    Instant accepted = rig.clock.instant();
    StoryLog whole = rig.story;
    whole.start();
    rig.story = StoryLog.inMemory(StoryConfig.defaults(), rig.clock);
    rig.restart();
    MailId lost = rig.accept("ann@example.org", "y@two.example");
    rig.drain();
    rig.story = whole;
    rig.clock.pass(Duration.ofDays(1));
    for (int start = 0; start < 2; start++) {
      rig.restart();
      rig.spool.tellWhatIsLost();

      for (MailId mail : List.of(known, lost)) {
        assertThat(stories(mail).getFirst().entries())
            .filteredOn(entry -> entry.event() instanceof StoryEvent.Accepted)
            .hasSize(1)
            .allMatch(entry -> entry.at().equals(accepted));
      }
    }
    assertThat(stories(lost).getFirst().entries().getFirst().event().toString())
        .contains("y@two.example", "client.example", "ann@example.org");
  }

  /// A server that was stopped need not look through a long queue at its next start.
  @Test
  void nothingIsLookedForWhereNothingCanBeMissing(@TempDir Path folder) throws Exception {
    rig.carrier.answer(
        (_, _) -> new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 4.2.1 later"));
    MailId untold = rig.accept("ann@example.org", "x@one.example");
    rig.drain();

    try (StoryLog first = storyIn(folder)) {
      first.becomesWhole(() -> {});
    }
    assertThat(startWith(storyIn(folder), untold)).isEmpty(); // So it did not look.
    assertThat(startWith(storyIn(folder), untold)).isEmpty();
    StoryLog killed = storyIn(folder);
    killed.start();
    try (StoryLog next = storyIn(folder)) {
      assertThat(startWith(next, untold)).hasSize(1);
    }
    assertThat(startWith(storyIn(folder), untold)).hasSize(1);
    killed.close();
  }

  private StoryLog storyIn(Path folder) {
    return StoryLog.in(folder, StoryConfig.defaults(), Optional.empty(), rig.clock);
  }

  /// What the story has of a mail when the server has started, and stopped again.
  private List<StorySearch.MailStory> startWith(StoryLog story, MailId mail) throws IOException {
    rig.story = story;
    try (story) {
      story.start();
      rig.restart();
      rig.spool.tellWhatIsLost();
      return stories(mail);
    }
  }

  private void check(List<MailId> mails) {
    for (MailId id : mails) {
      Map<String, StoryEvent> last = new HashMap<>();
      for (StorySearch.MailStory story : stories(id)) {
        if (story.mail().equals(id.value())) {
          story.entries().forEach(entry -> note(entry, last));
        }
      }
      Map<String, QueuedRecipient> rows = new HashMap<>();
      Optional<QueuedMail> queued = rig.queue.find(id);
      queued.ifPresent(
          mail -> mail.recipients().forEach(row -> rows.put(row.address().toString(), row)));
      for (String recipient : List.of("x@one.example", "y@two.example", "bob@example.org")) {
        Optional<RecipientState> state =
            Optional.ofNullable(rows.get(recipient)).map(QueuedRecipient::state);
        assertThat(last.get(recipient)).as(recipient + " is " + state).isInstanceOf(told(state));
      }
    }
  }

  private static Class<? extends StoryEvent> told(Optional<RecipientState> state) {
    return switch (state.orElse(null)) {
      case null -> StoryEvent.class;
      case RecipientState.Outgoing _ -> StoryEvent.Deferred.class;
      case RecipientState.Waiting _ -> StoryEvent.Retried.class;
      case RecipientState.Parked parked ->
          parked.isDeadLetter() ? StoryEvent.Dead.class : StoryEvent.Parked.class;
      case RecipientState.Held _ -> StoryEvent.Administered.class;
    };
  }

  /// Steps say what was decided, and not yet that it is so.
  private static void note(StoryEntry entry, Map<String, StoryEvent> last) {
    if (!(entry.event() instanceof StoryEvent.Step)
        && !(entry.event() instanceof StoryEvent.Accepted)) {
      entry.event().addresses(address -> last.put(address, entry.event()));
    }
  }

  private List<StorySearch.MailStory> stories(MailId mail) {
    rig.story.start();
    return new StorySearch(rig.story).find(mail.value(), Instant.EPOCH, 10).mails();
  }
}
