package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every recipe of the cookbook does what its page says.
final class CookbookTest {
  private static final Path COOKBOOK = Path.of("..", "examples", "cookbook");
  private static final Path PAGE = Path.of("..", "docs", "cookbook.md");
  private static final String HI = "From: c@example.net\nSubject: hi\n\nhello\n";

  static List<String> recipes() throws IOException {
    try (Stream<Path> all = Files.list(COOKBOOK)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void thePageShowsTheFile(String recipe) throws IOException {
    List<String> file = Files.readAllLines(COOKBOOK.resolve(recipe).resolve("chain.yaml"));
    assertThat(Files.readString(PAGE))
        .contains("(../examples/cookbook/" + recipe + "/chain.yaml)")
        .contains("```yaml\n" + String.join("\n", file.subList(1, file.size())) + "\n```");
  }

  @Test
  void everyRecipeHasATestOfItsOwn() throws IOException {
    List<String> tested =
        Stream.of(CookbookTest.class.getDeclaredMethods())
            .map(method -> method.getName())
            .filter(name -> name.startsWith("r") && Character.isDigit(name.charAt(1)))
            .map(name -> name.substring(1, 3))
            .sorted()
            .toList();
    assertThat(tested)
        .isEqualTo(recipes().stream().map(name -> name.substring(0, 2)).toList())
        .hasSizeGreaterThanOrEqualTo(20);
  }

  private static ChainUnderTest chain(int number) throws IOException {
    String start = "%02d-".formatted(number);
    String recipe =
        recipes().stream().filter(name -> name.startsWith(start)).findFirst().orElseThrow();
    return ChainUnderTest.settings(CookbookTest.class)
        .with(List.of("hostname=mail.example.org"))
        .ofFile(COOKBOOK.resolve(recipe).resolve("chain.yaml"))
        .users("ann@example.org", "bob@example.org");
  }

  @Test
  void r01UnknownAddressesReachAnn() throws IOException {
    ChainUnderTest chain = chain(1).alias("info@example.org = bob@example.org");
    chain.takeText(HI).to("typo@example.org").deliveredInto("Caught of ann@example.org");
    chain.takeText(HI).to("info@example.org").deliveredInto("INBOX of bob@example.org");
  }

  @Test
  void r02ACopyOfAllGoesToTheArchive() throws IOException {
    Passage mail = chain(2).takeText(HI).goesThrough("root/Copy");
    mail.forRecipient("ann@example.org").deliveredInto("INBOX of ann@example.org");
    chain(2).takeText(HI).from("a@example.net").to("b@example.net").passesBy("root/Copy");
  }

  @Test
  void r03OnlyWhatLeavesHasTheDisclaimer() throws IOException {
    ChainUnderTest chain = chain(3);
    chain
        .takeText(HI)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("eve@example.net")
        .relayed()
        .hasText("Example Ltd., Berlin");
    chain.takeText(HI).from("bob@example.org").as("bob@example.org").passesBy("root/AddFooter");
  }

  @Test
  void r04WhatIsMarkedStaysInQuarantine() throws IOException {
    ChainUnderTest chain = chain(4);
    chain.takeText("X-Spam-Flag: YES\n" + HI).keptIn("quarantine");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r05WhoDoesNotLiveHereYetIsServedByTheOldServer() throws IOException {
    ChainUnderTest chain = chain(5);
    Passage mail = chain.takeText(HI).to("ann@example.org", "carl@example.org");
    mail.forRecipient("ann@example.org").deliveredInto("INBOX of ann@example.org");
    mail.forRecipient("carl@example.org").relayedTo("old.example.org");
  }

  @Test
  void r06EachBrandHasItsProvider() throws IOException {
    ChainUnderTest chain = chain(6);
    chain.takeText(HI).from("a@brand.example").to("e@example.net").relayedTo("smtp.first.example");
    chain.takeText(HI).from("a@other.example").to("e@example.net").relayedTo("smtp.second.example");
    chain.takeText(HI).from("a@example.org").to("e@example.net").relayed();
    chain.takeText(HI).from("a@brand.example").deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r07TheOfficeAnswersOrDeliversButAlwaysDelivers() throws IOException {
    chain(7)
        .users("office@example.org")
        .takeText(HI)
        .to("office@example.org")
        .deliveredInto("INBOX of office@example.org");
  }

  @Test
  void r08OnlyMembersReachEverybody() throws IOException {
    ChainUnderTest chain = chain(8);
    chain
        .takeText(HI)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("all@example.org")
        .deliveredInto("INBOX of bob@example.org");
    chain.takeText(HI).to("all@example.org").done("5.7.1 Only Ann may write to this address");
  }

  @Test
  void r09ListsHaveFolders() throws IOException {
    ChainUnderTest chain = chain(9);
    chain
        .takeText("List-Id: <announce.java.example>\n" + HI)
        .deliveredInto("Lists/Java of ann@example.org");
    chain.takeText("List-Id: <x.example>\n" + HI).deliveredInto("Lists of ann@example.org");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r10BulkMailIsJunk() throws IOException {
    ChainUnderTest chain = chain(10);
    chain
        .takeText("List-Unsubscribe: <mailto:x@example.net>\n" + HI)
        .deliveredInto("Junk of ann@example.org");
    chain
        .takeText("Authentication-Results: mail.example.org; dmarc=fail\n" + HI)
        .deliveredInto("Junk of ann@example.org");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r11EachDomainHasItsLimit() throws IOException {
    ChainUnderTest chain = chain(11).users("sue@small.example");
    String large = HI + "x".repeat(76).concat("\n").repeat(80_000);
    Passage mail = chain.takeText(large).to("ann@example.org", "sue@small.example");
    mail.forRecipient("ann@example.org").deliveredInto("INBOX of ann@example.org");
    mail.forRecipient("sue@small.example").done("5.2.3 This message is larger");
  }

  @Test
  void r12ProgramsAreTakenOut() throws IOException {
    String mail =
        """
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b

        hello
        --b
        Content-Type: application/octet-stream; name=evil.exe
        Content-Disposition: attachment; filename=evil.exe

        MZ-evil
        --b--
        """;
    chain(12).takeText(mail).deliveredInto("INBOX of ann@example.org").hasText("evil.exe");
    assertThat(text(chain(12).takeText(mail))).doesNotContain("MZ-evil");
  }

  @Test
  void r13ThePostmasterHearsOfLargeMail() throws IOException {
    String large = HI + "x".repeat(76).concat("\n").repeat(300_000);
    chain(13)
        .takeText(large)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("eve@example.net")
        .relayed()
        .asksFor("postmaster@example.org");
  }

  @Test
  void r14MachinesHaveOneSender() throws IOException {
    chain(14)
        .takeText("From: root@printer.intranet.example\n\nno paper\n")
        .from("root@printer.intranet.example")
        .remote("10.1.2.3")
        .to("somebody@example.net")
        .relayed()
        .hasSender("machines@example.org")
        .hasRecipients("ops@example.com")
        .hasHeader("From", "Machines of Example Ltd. <machines@example.org>");
  }

  @Test
  void r15ConfidentialMailWaits() throws IOException {
    chain(15)
        .takeText("From: ann@example.org\n\nThis is Strictly Confidential.\n")
        .from("ann@example.org")
        .as("ann@example.org")
        .to("eve@example.net")
        .keptIn("held")
        .asksFor("ann@example.org");
  }

  @Test
  void r16WhatIsAboveTheRateWaits() throws IOException {
    ChainUnderTest chain = chain(16).users("robot@example.org");
    IntStream.range(0, 100).forEach(_ -> robot(chain).relayed());
    robot(chain).keptIn("too-many");
  }

  private static Passage robot(ChainUnderTest chain) {
    return chain
        .takeText(HI)
        .from("robot@example.org")
        .as("robot@example.org")
        .to("eve@example.net");
  }

  @Test
  void r17TicketsGoToTheTicketSystem() throws IOException {
    ChainUnderTest chain = chain(17);
    chain.takeText("X-Ticket: AB-12\n" + HI).relayedTo("tickets.intranet.example");
    chain.takeText("X-Ticket: none\n" + HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r18BothServersHaveIt() throws IOException {
    Passage mail = chain(18).takeText(HI).goesThrough("root/Copy");
    assertThat(mail.passage().fates()).isNotEmpty();
    mail.goesThrough("local/ToMailbox");
  }

  @Test
  void r19NothingTellsOfTheInside() throws IOException {
    chain(19)
        .takeText("X-Mailer: y\nX-Intranet-Host: z\n" + HI)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("eve@example.net")
        .relayed()
        .hasNoHeader("X-Mailer")
        .hasNoHeader("X-Intranet-Host");
  }

  @Test
  void r20NobodyIsWrittenToFromStaging() throws IOException {
    chain(20)
        .users("dev@example.org")
        .takeText(HI)
        .to("customer@example.net", "ann@example.org")
        .deliveredInto("INBOX of dev@example.org")
        .hasHeader("Subject", "[staging] hi");
  }

  @Test
  void r21MailFromOutsideIsTagged() throws IOException {
    ChainUnderTest chain = chain(21);
    chain.takeText(HI).hasHeader("Subject", "[external] hi");
    chain.takeText(HI).as("bob@example.org").hasHeader("Subject", "hi");
  }

  private static String text(Passage mail) throws IOException {
    try (var in = mail.passage().fates().getFirst().mail().message().open()) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
