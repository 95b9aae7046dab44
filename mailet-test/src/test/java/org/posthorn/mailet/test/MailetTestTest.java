package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What authors can say about a chain, and what they are told when it is not so.
final class MailetTestTest {
  @MailetTest(chain = "chain.yaml")
  void spamEndsInQuarantine(ChainUnderTest chain) {
    chain.take("spam.eml").from("x@example.net").to("ann@example.org").endsIn("quarantine");
    chain.take("spam.eml").keptIn("quarantine").passesBy("root/ToMailbox");
  }

  @MailetTest(chain = "chain.yaml", aliases = "team@example.org = ann@example.org, eve@example.net")
  void eachRecipientHasAFateOfItsOwn(ChainUnderTest chain) {
    Passage mail =
        chain
            .takeText("Subject: hi\n\nhello\n")
            .to("team@example.org", "nobody@example.org")
            .goesThrough("root/Aliases");
    mail.forRecipient("ann@example.org").deliveredInto("INBOX of ann@example.org").endsIn("root");
    mail.forRecipient("eve@example.net").relayed();
    mail.forRecipient("nobody@example.org")
        .done("bounced to sender@example.net: 5.1.1 Nobody has this address")
        .endsIn("bounces");
    chain
        .takeText("Subject: hi\n\nhello\n")
        .from("bob@example.org")
        .as("bob@example.org")
        .to("eve@example.net")
        .relayedTo("smtp.provider.example")
        .hasSender("bob@example.org")
        .hasRecipients("eve@example.net");
  }

  @MailetTest(steps = "{mailet: AddHeader, name: X-Stamp, value: grün}")
  void oneStepIsEnough(ChainUnderTest chain) {
    chain
        .takeText("Subject: schön\n\nhello\n")
        .hasHeader("X-Stamp", "grün")
        .hasHeader("Subject", "schön")
        .hasText("hello")
        .hasNoHeader("X-None")
        .endsIn("root");
  }

  @MailetTest(steps = "{mailet: Notify, to: root@example.org, subject: A mail}")
  void whatItAsksTheServerForIsNoted(ChainUnderTest chain) {
    chain.takeText("Subject: hi\n\nhello\n").asksFor("root@example.org").keptIn("root");
  }

  @MailetTest(
      steps =
          """
          - match: HasAttribute(example.verdict, spam) and RemoteAddressIs(198.51.100.7)
            mailet: SetAttribute
            name: example.score
            value: "9"
          - match: Expression("note('example.score') == '9'")
            mailet: Drop
          """)
  void notesAndTheAddressOfTheClientCount(ChainUnderTest chain) {
    chain
        .takeText("\n\n")
        .from("<>")
        .note("example.verdict", "spam")
        .remote("198.51.100.7")
        .done("dropped")
        .hasSender("<>")
        .hasNote("example.score", "9");
    chain.takeText("\n\n").note("example.verdict", "spam").keptIn("root");
  }

  @MailetTest(chain = "chain.yaml")
  void anErrorShowsTheWholeWay(ChainUnderTest chain) {
    Passage mail = chain.take("spam.eml");
    assertThatThrownBy(() -> mail.deliveredInto("INBOX of ann@example.org"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Expected that it delivered into INBOX of ann@example.org, but:")
        .hasMessageContaining("root/ToProcessor for [ann@example.org]: goes to quarantine")
        .hasMessageContaining("in the end [ann@example.org]: kept at quarantine");
    assertThatThrownBy(() -> mail.forRecipient("bob@example.org").endsIn("quarantine"))
        .hasMessageContaining("(for bob@example.org)");
    assertThatThrownBy(() -> chain.take("none.eml"))
        .hasMessageContaining("There is no none.eml beside MailetTestTest");
  }

  @Test
  void aMistakeInTheChainIsNamedWithItsLine(@TempDir Path folder) throws Exception {
    Path chain = folder.resolve("chain.yaml");
    Files.writeString(chain, "root:\n  steps:\n    - mailet: AddHeadr\n  at-end: drop\n");
    assertThatThrownBy(() -> ChainUnderTest.settings(MailetTestTest.class).ofFile(chain))
        .hasMessageContaining("The chain needs the processors");
    assertThatThrownBy(
            () -> ChainUnderTest.settings(MailetTestTest.class).ofSteps("- mailet: AddHeadr"))
        .hasMessageContaining("did you mean AddHeader?");
    assertThat(chain).exists();
  }
}
