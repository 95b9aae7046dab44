package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;
import org.posthorn.storage.story.StorySearch;

/// How mail that came is found again: by what its sender knows of it.
class ArrivalStoryTest {
  private static final Addresses BOB = Addresses.one("bob@example.org");

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void aRefusedMessageIsFoundByItsMessageId() {
    send(
        content((_, _) -> Verdict.refuse("Go away", "bad")),
        "bob@example.org",
        "550 5.7.1 Go away");
    assertThat(refused())
        .satisfies(refused -> assertThat(refused.stage()).isEqualTo("message"))
        .satisfies(refused -> assertThat(refused.because()).isEqualTo("g: bad"))
        .satisfies(refused -> assertThat(refused.to()).isEqualTo(BOB));
  }

  @Test
  void aMessageInALoopIsFoundByItsMessageId() {
    String hops = "C: Received: from a by b\n".repeat(SmallLimits.usual().hopsMax() + 1);
    send(house, "", "bob@example.org", hops, "~554 5\\.4\\.6 .*");
    assertThat(refused().reply()).startsWith("554");
  }

  @Test
  void whatIsThrownAwayIsFoundByItsMessageIdWithTheReason() {
    send(
        content((mail, message) -> Verdict.discard(mail, message, "noise")),
        "bob@example.org",
        "~250 .*");
    StorySearch.Found found = house.story("1@x.example");
    assertThat(found.mails()).hasSize(1);
    assertThat(found.mails().getFirst().entries().getFirst().event())
        .isEqualTo(
            new StoryEvent.Discarded(
                "joe@example.net",
                BOB,
                "127.0.0.1",
                connection(found),
                "<1@x.example>",
                "g: noise"));
  }

  @Test
  void whatAGateMakesOfTheEnvelopeHidesNotWhatTheClientWrote() {
    Recipient ann = Recipient.of(MailAddress.of("ann@example.org"));
    Optional<MailAddress> other = MailAddress.parse("new@example.net");
    send(
        content((mail, message) ->
            new Verdict.Change(
                mail.withRecipients(List.of(ann)).withSender(other), message, "other")),
        "bob@example.org",
        "~250 .*");
    StoryEvent.Accepted accepted = accepted("bob@example.org");
    assertThat(accepted.sender()).isEqualTo("new@example.net");
    assertThat(accepted.to()).isEqualTo(Addresses.one("ann@example.org"));
    assertThat(accepted.written()).isEqualTo(new StoryEvent.Written("joe@example.net", BOB));
    assertThat(accepted("joe@example.net")).isEqualTo(accepted);
  }

  @Test
  void whatAReturnPathStandsForHidesNotWhatTheClientWrote() {
    MailAddress eve = MailAddress.of("eve@example.net");
    String path =
        house
            .rooms()
            .spool()
            .returnPaths()
            .sendingOn(eve, Domain.of("example.org"))
            .orElseThrow()
            .toString();
    send(house, "", path, "", "~250 .*");
    StoryEvent.Accepted accepted = accepted(path);
    assertThat(accepted.to()).isEqualTo(Addresses.one("eve@example.net"));
    assertThat(accepted.written()).isEqualTo(new StoryEvent.Written("", Addresses.one(path)));
  }

  @Test
  void whatIsAsItWasWrittenHasNothingElse() {
    send(house, "joe@example.net", "BOB@example.org", "", "~250 .*");
    assertThat(accepted("bob@example.org").written()).isEqualTo(StoryEvent.Written.SAME);
    assertThat(accepted("bob@example.org").held()).isEmpty();
  }

  @Test
  void aMailInQuarantineSaysWhyItIsHeld() {
    send(
        content((mail, message) ->
            new Verdict.Change(mail.withAttribute(NewMail.QUARANTINE, "fishy"), message, "held")),
        "bob@example.org",
        "~250 .*");
    assertThat(accepted("bob@example.org").held()).isEqualTo("fishy");
  }

  private StoryEvent.Refused refused() {
    StorySearch.Found found = house.story("1@x.example");
    assertThat(found.refused()).hasSize(1);
    return (StoryEvent.Refused) found.refused().getFirst().event();
  }

  private StoryEvent.Accepted accepted(String word) {
    StorySearch.Found found = house.story(word);
    assertThat(found.mails()).as(word).hasSize(1);
    return (StoryEvent.Accepted) found.mails().getFirst().entries().getFirst().event();
  }

  private static String connection(StorySearch.Found found) {
    return ((StoryEvent.Discarded) found.mails().getFirst().entries().getFirst().event())
        .connection();
  }

  private interface Content {
    Verdict judge(IncomingMail mail, Message message);
  }

  private SmtpHouse content(Content content) {
    Gate gate =
        new Gate() {
          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            return content.judge(mail, message);
          }
        };
    var guarded =
        new Guarded(
            "g",
            gate,
            false,
            List.of(),
            List.of(),
            Duration.ofSeconds(5),
            false,
            false,
            new GateCalls(10));
    return house.withGates(new Gates(Map.of("mx", List.of(guarded))));
  }

  private static void send(SmtpHouse house, String to, String answer) {
    send(house, "joe@example.net", to, "", answer);
  }

  private static void send(SmtpHouse house, String from, String to, String header, String answer) {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<%s>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<%s>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        %sC: Message-ID:
        C:  <1@x.example>
        C:
        C: text
        C: .
        S: %s
        """
            .formatted(from, to, header, answer));
  }
}
