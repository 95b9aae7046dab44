package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The chains that were moved over from James do what those did.
final class FromJamesTest {
  private static final Path PAGE = Path.of("..", "docs", "from-james.md");
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final String HI = "From: c@example.net\nSubject: hi\n\nhello\n";

  @TempDir private Path folder;

  private ChainUnderTest chain(int number) throws IOException {
    List<String> chains =
        YAML.matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult one) -> one.group(1))
            .toList();
    assertThat(chains).hasSize(6);
    Path file = folder.resolve("chain.yaml");
    Files.writeString(file, chains.get(number));
    return ChainUnderTest.settings(FromJamesTest.class)
        .with(List.of("hostname=mail.example.org"))
        .ofFile(file)
        .users("ann@example.org", "bob@example.org");
  }

  @Test
  void theApplicationAsItShips() throws IOException {
    ChainUnderTest chain =
        chain(0)
            .alias("info@example.org = bob@example.org")
            .alias("out@example.org = eve@example.net");
    chain
        .takeText("Bcc: secret@example.org\n" + HI)
        .deliveredInto("INBOX of ann@example.org")
        .hasNoHeader("Bcc")
        .goesThrough("local-delivery/AwayAnswer");
    chain.takeText(HI).to("info@example.org").deliveredInto("INBOX of bob@example.org");
    chain.takeText(HI).to("nobody@example.org").done("5.1.1 no such user here");
    chain.takeText("Received: x\n".repeat(31) + HI).done("more than 30 servers");
    chain.takeText(HI).as("ann@example.org").to("eve@example.net").relayed();
    chain.takeText(HI).to("eve@example.net").keptIn("relay-denied");
    chain.takeText(HI).from("c@example.net").to("out@example.org").relayed();
    Passage both = chain.takeText(HI).to("out@example.org", "carl@example.net");
    both.forRecipient("eve@example.net").relayed();
    both.forRecipient("carl@example.net").keptIn("relay-denied");
  }

  @Test
  void listsAnswersAndASpamFilter() throws IOException {
    ChainUnderTest chain =
        chain(1)
            .users("spam@example.org")
            .away("ann@example.org", "Away", "Back on Monday")
            .list("team@example.org", "ann@example.org", "bob@example.org");
    chain
        .takeText("To: ann@example.org\n" + HI)
        .from("c@example.net")
        .deliveredInto("INBOX of ann@example.org")
        .asksFor("to c@example.net");
    chain.takeText("X-Spam-Flag: YES\n" + HI).deliveredInto("Junk of ann@example.org");
    chain.takeText("X-Spam-Score: 15.5\n" + HI).keptIn("spam");
    chain
        .takeText(HI)
        .as("ann@example.org")
        .from("ann@example.org")
        .to("team@example.org")
        .done("sent to the 2 members");
    chain
        .takeText(HI)
        .as("ann@example.org")
        .to("spam@example.org")
        .asksFor("https://filter.example.org/teach");
    chain.takeText(HI).as("ann@example.org").to("eve@example.net").relayed();
  }

  @Test
  void aRelayWithAListOfTheWelcomeAndAThrottle() throws IOException {
    ChainUnderTest chain = chain(2).users("reports@example.org", "partner@example.org");
    chain.takeText(HI).remote("10.1.2.3").to("eve@example.net").keptIn("denied");
    machine(chain, "192.0.2.1", "ann@example.org").keptIn("denied");
    machine(chain, "192.0.2.1", "partner@example.org").relayedTo("smtp.provider.example");
    machine(chain, "10.1.2.3", "reports@example.org")
        .relayedTo("smtp.provider.example")
        .hasNote("posthorn.priority", "-3");
    String[] crowd =
        IntStream.range(0, 51).mapToObj(i -> i + "@example.net").toArray(String[]::new);
    machine(chain, "10.1.2.3", "bob@example.org").to(crowd).done("5.5.3 At most 50 recipients");
    IntStream.range(0, 100)
        .forEach(
            _ -> machine(chain, "10.1.2.3", "ann@example.org").relayedTo("smtp.provider.example"));
    machine(chain, "10.1.2.3", "ann@example.org")
        .waits("more than 100 mails in an hour (round 1 of 4)");
    machine(chain, "10.1.2.3", "ann@example.org").note("requeue.root", "4").keptIn("too-much");
    machine(chain, "10.1.2.3", "bob@example.org").relayedTo("smtp.provider.example");
  }

  @Test
  void aQuarantineAndHeadersForSingleRecipients() throws IOException {
    ChainUnderTest chain = chain(3).users("legal@example.org");
    chain.takeText("X-Virus: Eicar\n" + HI).keptIn("virus").asksFor("to postmaster@example.org");
    chain.takeText(HI).note("rspamd.spam", "yes").keptIn("spam");
    chain
        .takeText(HI)
        .as("ann@example.org")
        .note("rspamd.spam", "yes")
        .deliveredInto("INBOX of ann@example.org");
    Passage both = chain.takeText(HI).to("legal@example.org", "ann@example.org");
    both.forRecipient("legal@example.org").hasHeader("X-Retention", "10y");
    both.forRecipient("ann@example.org").hasNoHeader("X-Retention");
    chain.takeText(HI).as("ann@example.org").to("eve@example.net").relayed();
  }

  @Test
  void gatewaysAndBouncesByCode() throws IOException {
    ChainUnderTest chain = chain(4);
    chain
        .takeText(HI)
        .as("ann@example.org")
        .to("a@partner.example")
        .relayedTo("mx.partner.example");
    chain
        .takeText(HI)
        .as("ann@example.org")
        .to("eve@example.net")
        .relayedTo("smtp.provider.example");
    chain
        .takeText(HI + "x\n".repeat(14 << 20))
        .as("ann@example.org")
        .to("eve@example.net")
        .done("5.3.4 Our provider");
    chain.takeText(HI).to("nobody@example.org").goesThrough("give-back/Bounce");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void mappingsAnswersAndInvitations() throws IOException {
    ChainUnderTest chain =
        chain(5).users("sales@example.org").away("ann@example.org", "Away", "Back on Monday");
    chain.takeText(HI).to("old@example.org").done("5.1.6 moved to new@example.org");
    chain.takeText(HI).to("sales-north@example.org").deliveredInto("INBOX of sales@example.org");
    chain
        .takeText("To: ann@example.org\n" + HI)
        .from("c@example.net")
        .deliveredInto("INBOX of ann@example.org")
        .asksFor("to c@example.net")
        .passesBy("local/ToHttp");
    String invitation =
        """
        From: c@example.net
        Subject: lunch
        Content-Type: text/calendar; method=REQUEST

        BEGIN:VCALENDAR
        METHOD:REQUEST
        BEGIN:VEVENT
        UID:17@example.net
        END:VEVENT
        END:VCALENDAR
        """;
    chain
        .takeText(invitation)
        .deliveredInto("INBOX of ann@example.org")
        .hasHeader("X-Meeting-UID", "17@example.net")
        .hasHeader("X-Meeting-Method", "REQUEST")
        .asksFor("https://calendar.example.org/itip")
        .hasText("invite.ics");
  }

  private static Passage machine(ChainUnderTest chain, String remote, String login) {
    return chain.takeText(HI).from(login).as(login).remote(remote).to("eve@example.net");
  }
}
