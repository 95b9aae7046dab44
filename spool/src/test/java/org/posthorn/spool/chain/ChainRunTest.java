package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.RecipientState.Place;

final class ChainRunTest {
  private static final Processor BOUNCES = new Processor("bounces", List.of(), new AtEnd.Keep());
  private static final Mailet CONTINUE = repeatable(Outcome.Continue::new);

  /// Writes down what it hears, in few words.
  private static final class Notes implements Journal {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void settle(List<Fate> fates) {
      fates.forEach(fate -> lines.add(line(fate)));
      lines.add("--");
    }

    @Override
    public void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round) {
      assertThat(took).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    private static String line(Fate fate) {
      String to =
          String.join(
              " ",
              fate.mail().recipients().stream()
                  .map(recipient -> recipient.address().localPart())
                  .toList());
      return switch (fate) {
        case Fate.Served(_, Place step, String reason) ->
            "%s served by %s: %s".formatted(to, step.step(), reason);
        case Fate.Relayed _ -> to + " relayed";
        case Fate.Retried(_, Place step, String reason, _) ->
            "%s retried at %s: %s".formatted(to, step.step(), reason);
        case Fate.Kept(_, Place step) -> to + " kept by " + step.processor();
        case Fate.Parked(_, Place step, String repository, String reason, var processor) ->
            "%s in %s by %s: %s %s"
                .formatted(to, repository, step.step(), reason, processor.orElse("-"));
        case Fate.Waiting(_, Place step, Place next, Instant until, String reason) ->
            "%s wait at %s for %s/%s until %s: %s"
                .formatted(to, step.step(), next.processor(), next.step(), until, reason);
        case Fate.Underway(_, Place step) -> to + " before " + step.step();
      };
    }
  }

  @Test
  void recipientsThatMatchGoThroughTheMailetAndTheOthersGoOn() {
    assertThat(
            run(
                mail("ann", "bob", "cid"),
                step("first", to("bob"), finish("one")),
                step("second", to("ann", "bob"), finish("two"))))
        .containsExactly(
            "bob served by first: one",
            "ann served by second: two",
            "cid served by : at the end of root",
            "--");
  }

  @Test
  void recipientsWithTheSameMailComeTogetherAgain() {
    List<Integer> sizes = new ArrayList<>();
    Mailet counts =
        repeatable(mail -> {
          sizes.add(mail.recipients().size());
          return new Outcome.Finish("counted");
        });
    run(
        mail("ann", "bob", "cid"),
        step("first", to("bob"), CONTINUE),
        step("second", Mail::recipients, counts));
    assertThat(sizes).containsExactly(3);
    sizes.clear();
    run(
        mail("ann", "bob", "cid"),
        step("first", to("bob"), repeatable(ChainRunTest::stamp)),
        step("second", Mail::recipients, counts));
    assertThat(sizes).as("a changed mail goes its own way").containsExactly(1, 2);
  }

  @Test
  void aRecipientIsInTheMailOnceHoweverItGotThere() {
    assertThat(
            run(
                mail("ann", "list"),
                step(
                    "aliases",
                    to("list"),
                    repeatable(
                        mail -> new Outcome.Continue(mail.withRecipients(recipients("ann"))))),
                step("deliver", Mail::recipients, finish("done"))))
        .containsExactly("ann served by deliver: done", "--");
  }

  /// Nobody is gone without a word. Whom others stand for now is in the mail as those.
  @Test
  void whoIsLeftOutByAStepHasAnEnd() {
    assertThat(
            run(
                mail("ann", "bob", "cid"),
                step("some", to("ann", "bob"), repeatable(mail -> becomes(mail, "ann"))),
                step("none", to("ann"), repeatable(mail -> becomes(mail))),
                step("deliver", Mail::recipients, finish("done"))))
        .containsExactly(
            "bob served by some: left out by the step",
            "ann served by none: left out by the step",
            "cid served by deliver: done",
            "--");
    assertThat(
            run(
                mail("ann", "bob", "list"),
                step("aliases", to("list", "bob"), repeatable(mail -> becomes(mail, "bob", "bob"))),
                step("deliver", Mail::recipients, finish("done"))))
        .containsExactly("ann bob served by deliver: done", "--");
    Mailet splits =
        repeatable(mail ->
            new Outcome.Split(
                List.of(
                    new Outcome.Split.Part(recipients("ann"), new Outcome.Finish("archived")),
                    new Outcome.Split.Part(
                        recipients("bob", "cid"),
                        new Outcome.Continue(becomes(mail, "cid").mail())))));
    assertThat(
            run(
                mail("ann", "bob", "cid"),
                step("split", Mail::recipients, splits),
                step("deliver", Mail::recipients, finish("done"))))
        .containsExactly(
            "ann served by split: archived",
            "bob served by split: left out by the step",
            "cid served by deliver: done",
            "--");
  }

  private static Outcome.Continue becomes(Mail mail, String... localParts) {
    return new Outcome.Continue(mail.withRecipients(recipients(localParts)));
  }

  @Test
  void aSplitSendsEachPartItsWayAndNewRecipientsToo() {
    Mailet splits =
        repeatable(mail ->
            new Outcome.Split(
                List.of(
                    new Outcome.Split.Part(recipients("ann"), new Outcome.Retry("full")),
                    new Outcome.Split.Part(
                        recipients("bob"),
                        new Outcome.Relay(
                            mail.withRecipients(recipients("bob")), Optional.empty())),
                    new Outcome.Split.Part(
                        List.of(),
                        new Outcome.Route(mail.withRecipients(recipients("eve")), "bounces")))));
    assertThat(run(mail("ann", "bob"), step("split", Mail::recipients, splits)))
        .containsExactlyInAnyOrder(
            "ann retried at split: full", "bob relayed", "eve kept by bounces", "--");
  }

  @Test
  void whatLosesOrInventsARecipientIsNoDecision() {
    List<Mailet> wrong =
        List.of(
            _ -> new Outcome.Split(List.of()),
            mail ->
                new Outcome.Split(
                    List.of(
                        new Outcome.Split.Part(mail.recipients(), new Outcome.Retry("a")),
                        new Outcome.Split.Part(recipients("ann"), new Outcome.Retry("b")))),
            mail ->
                new Outcome.Split(
                    List.of(
                        new Outcome.Split.Part(
                            mail.recipients(), new Outcome.Route(mail, "nowhere")))),
            mail -> new Outcome.Route(mail, "nowhere"),
            mail ->
                new Outcome.Continue(
                    new Mail(
                        new MailId("other"),
                        mail.sender(),
                        mail.recipients(),
                        mail.message(),
                        mail.origin(),
                        Map.of())));
    for (Mailet mailet : wrong) {
      assertThat(run(mail("ann", "bob"), step("wrong", Mail::recipients, repeatable(mailet))))
          .hasSize(2)
          .first()
          .asString()
          .startsWith("ann bob retried at wrong: java.lang.IllegalStateException");
    }
  }

  @Test
  void aMatcherThatInventsRecipientsOrThrowsLosesNothing() {
    assertThat(run(mail("ann", "bob"), step("x", _ -> recipients("eve"), finish("done"))))
        .first()
        .asString()
        .startsWith("ann bob retried at x:")
        .contains("recipients that it was not given");
    assertThat(
            run(
                mail("ann", "bob"),
                step(
                    "x",
                    _ -> {
                      throw new NoClassDefFoundError("org/example/Missing");
                    },
                    finish("done"))))
        .containsExactly(
            "ann bob retried at x: java.lang.NoClassDefFoundError: org/example/Missing", "--");
  }

  @Test
  void whatANonRepeatableStepDidIsNotedBeforeTheNextOne() {
    assertThat(
            run(
                mail("ann", "bob"),
                step("effect", to("ann"), Outcome.Continue::new),
                step("last", Mail::recipients, finish("done"))))
        .containsExactly("bob ann before last", "--", "bob ann served by last: done", "--");
    assertThat(run(mail("ann"), step("only", Mail::recipients, _ -> new Outcome.Finish("done"))))
        .as("the end notes it anyway")
        .containsExactly("ann served by only: done", "--");
  }

  @Test
  void aChainThatGoesInCirclesEnds() {
    var root =
        new Processor(
            "root",
            List.of(
                step(
                    "round",
                    Mail::recipients,
                    repeatable(mail -> new Outcome.Route(mail, "root")))),
            new AtEnd.Drop());
    assertThat(run(new Chain(List.of(root, BOUNCES)), mail("ann")))
        .first()
        .asString()
        .contains("goes in circles");
    var empty = new Processor("root", List.of(), new AtEnd.Route("other"));
    var other = new Processor("other", List.of(), new AtEnd.Route("root"));
    assertThat(run(new Chain(List.of(empty, other)), mail("ann")))
        .first()
        .asString()
        .contains("goes in circles: root (at its end) -> other (at its end) -> root, 100 times");
  }

  @Test
  void twoProcessorsThatSendMailToEachOtherEnd() {
    var root =
        new Processor(
            "root",
            List.of(step("there", to("ann"), repeatable(mail -> new Outcome.Route(mail, "other")))),
            new AtEnd.Drop());
    var other =
        new Processor(
            "other",
            List.of(
                step(
                    "back", Mail::recipients, repeatable(mail -> new Outcome.Route(mail, "root")))),
            new AtEnd.Drop());
    assertThat(run(new Chain(List.of(root, other, BOUNCES)), mail("ann", "bob")))
        .hasSize(3)
        .anyMatch(line -> line.startsWith("bob served by"))
        .anyMatch(line -> line.startsWith("ann retried at") && line.contains("goes in circles"));
  }

  /// Half of the mail comes round again, and each time somebody new joins it.
  @Test
  void aSplitThatNeverEndsIsBoundedAndLosesNobody() {
    var count = new AtomicInteger();
    Mailet splitting =
        repeatable(mail -> {
          List<Recipient> newcomer =
              List.of(Recipient.of(MailAddress.of("n" + count.incrementAndGet() + "@example.org")));
          return new Outcome.Split(
              List.of(
                  new Outcome.Split.Part(mail.recipients(), new Outcome.Route(mail, "root")),
                  new Outcome.Split.Part(
                      List.of(),
                      new Outcome.Route(
                          mail.withRecipients(newcomer)
                              .withAttribute("test.n", String.valueOf(count.get())),
                          "root"))));
        });
    var root =
        new Processor(
            "root", List.of(step("split", Mail::recipients, splitting)), new AtEnd.Drop());
    List<String> lines = run(new Chain(List.of(root, BOUNCES)), mail("ann"));
    assertThat(lines).last().isEqualTo("--");
    assertThat(lines.subList(0, lines.size() - 1))
        .allMatch(line -> line.contains("retried at split") && line.contains("goes in circles"));
    assertThat(String.join(" ", lines).split("\\bann\\b", -1)).hasSize(2);
  }

  @Test
  void splitsWithinSplitsAreBounded() {
    Mailet nesting =
        mail -> {
          Outcome outcome = new Outcome.Continue(mail);
          for (int i = 0; i < 100_000; i++) {
            outcome =
                new Outcome.Split(List.of(new Outcome.Split.Part(mail.recipients(), outcome)));
          }
          return outcome;
        };
    assertThat(run(mail("ann"), step("nest", Mail::recipients, nesting)))
        .first()
        .asString()
        .startsWith("ann retried at nest")
        .contains("splits of splits");
  }

  @Test
  void mailThatWaitsAtAStepThatIsGoneBeginsTheProcessorAgain() {
    var root =
        new Processor(
            "root", List.of(step("new", Mail::recipients, finish("done"))), new AtEnd.Drop());
    var notes = new Notes();
    new Chain(List.of(root)).run(mail("ann"), new Place("root", "old"), notes);
    assertThat(notes.lines).containsExactly("ann served by new: done", "--");
    notes.lines.clear();
    new Chain(List.of(root)).run(mail("ann"), new Place("gone", "old"), notes);
    assertThat(notes.lines)
        .containsExactly(
            "ann retried at old: java.lang.IllegalStateException: The chain has no processor gone",
            "--");
  }

  static Mail mail(String... localParts) {
    return new Mail(
        new MailId("m1"),
        Optional.empty(),
        recipients(localParts),
        HeapMessage.of("Subject: hi\n\n"),
        new Origin(
            Optional.empty(),
            "",
            Optional.empty(),
            "local",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z")),
        Map.of());
  }

  private static List<String> run(Mail mail, Step... steps) {
    return run(
        new Chain(List.of(new Processor("root", List.of(steps), new AtEnd.Drop()), BOUNCES)), mail);
  }

  private static List<String> run(Chain chain, Mail mail) {
    var notes = new Notes();
    chain.run(mail, new Place("root", ""), notes);
    return notes.lines;
  }

  private static Step step(String label, Matcher matcher, Mailet mailet) {
    return new Step(label, matcher, mailet);
  }

  private static Matcher to(String... localParts) {
    return mail ->
        mail.recipients().stream()
            .filter(
                recipient -> Arrays.asList(localParts).contains(recipient.address().localPart()))
            .toList();
  }

  private static Mailet finish(String reason) {
    return repeatable(_ -> new Outcome.Finish(reason));
  }

  private static Outcome stamp(Mail mail) {
    return new Outcome.Continue(mail.withMessage(mail.message().withHeader("X", "y")));
  }

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

  private static List<Recipient> recipients(String... localParts) {
    return Arrays.stream(localParts)
        .map(local -> Recipient.of(MailAddress.of(local + "@example.org")))
        .toList();
  }
}
