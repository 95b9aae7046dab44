package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.Fate;

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
    return people(settings().ofFile(file(number)));
  }

  private static ChainUnderTest people(ChainUnderTest chain) {
    return chain.users("ann@example.org", "bob@example.org");
  }

  private static ChainUnderTest.Settings settings() {
    return ChainUnderTest.settings(CookbookTest.class).with(List.of("hostname=mail.example.org"));
  }

  private static Path file(int number) throws IOException {
    String start = "%02d-".formatted(number);
    String recipe =
        recipes().stream().filter(name -> name.startsWith(start)).findFirst().orElseThrow();
    return COOKBOOK.resolve(recipe).resolve("chain.yaml");
  }

  @Test
  void r01UnknownAddressesReachAnn() throws IOException {
    ChainUnderTest chain = chain(1).alias("info@example.org = bob@example.org");
    chain
        .takeText(HI)
        .to("typo@example.org")
        .deliveredInto("Caught of ann@example.org")
        .hasHeader("X-Caught", "yes");
    chain.takeText(HI).to("info@example.org").deliveredInto("INBOX of bob@example.org");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r02ACopyOfAllGoesToTheArchive() throws IOException {
    Passage comes = chain(2).takeText(HI);
    comes
        .forRecipient("ann@example.org")
        .deliveredInto("INBOX of ann@example.org")
        .hasSender("sender@example.net")
        .hasNoHeader("Delivered-To");
    isArchived(chain(2).takeText(HI));
    Passage leaves =
        chain(2).takeText(HI).from("ann@example.org").as("ann@example.org").to("eve@example.net");
    leaves.forRecipient("eve@example.net").relayed().hasSender("ann@example.org");
    isArchived(leaves);
    chain(2)
        .takeText(HI)
        .from("a@example.net")
        .to("b@example.net")
        .relayed()
        .hasRecipients("b@example.net")
        .passesBy("root/Copy");
  }

  /// Without a sender, so nobody hears of what becomes of it; the bytes are those of the mail.
  private static void isArchived(Passage mail) {
    mail.forRecipient("archive@example.com").relayed().hasSender("<>").hasText("hello");
  }

  @Test
  void r03OnlyWhatLeavesHasTheDisclaimer() throws IOException {
    ChainUnderTest chain = chain(3);
    leaving(chain, HI).relayed().hasText("Example Ltd., Berlin");
    String signed =
        """
        Content-Type: multipart/signed; micalg=sha-256; boundary=b;
         protocol="application/pkcs7-signature"

        --b

        hello
        --b
        Content-Type: application/pkcs7-signature

        x
        --b--
        """;
    assertThat(text(leaving(chain, signed))).doesNotContain("Berlin");
    String encrypted = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n";
    assertThat(text(leaving(chain, encrypted))).doesNotContain("Berlin");
    chain.takeText(HI).from("bob@example.org").as("bob@example.org").passesBy("root/AddFooter");
    chain.takeText(HI).to("eve@example.net").passesBy("root/AddFooter");
  }

  private static Passage leaving(ChainUnderTest chain, String message) {
    return chain
        .takeText(message)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("eve@example.net");
  }

  @Test
  void r04WhatIsMarkedStaysInQuarantine() throws IOException {
    ChainUnderTest chain = chain(4);
    chain.takeText("X-Spam-Flag: YES\n" + HI).keptIn("quarantine");
    leaving(chain, "X-Spam-Flag: YES\n" + HI).relayed();
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
    ChainUnderTest chain = chain(7).users("office@example.org");
    boolean closed = isClosed();
    Passage first = chain.takeText(HI).to("office@example.org");
    first.deliveredInto("INBOX of office@example.org");
    if (closed == isClosed()) { // It may have become eight o'clock.
      assertThat(answers(first)).isEqualTo(closed);
    }
    Passage second = chain.takeText(HI).to("office@example.org");
    assertThat(second.deliveredInto("INBOX of office@example.org").passage().fates()).hasSize(1);
    assertThat(answers(first) && answers(second)).as("once a day").isFalse();
    assertThat(answers(chain.takeText("List-Id: <x.example>\n" + HI).to("office@example.org")))
        .isFalse();
  }

  private static boolean answers(Passage mail) {
    return mail.passage().report().turns().stream().anyMatch(turn -> !turn.deeds().isEmpty());
  }

  private static boolean isClosed() {
    ZonedDateTime now = ZonedDateTime.now(ZoneId.of("Europe/Berlin"));
    return now.getDayOfWeek().getValue() > 5 || now.getHour() < 8 || now.getHour() >= 18;
  }

  @Test
  void r08OnlyMembersReachEverybody() throws IOException {
    ChainUnderTest chain = chain(8);
    Passage mail =
        chain
            .takeText(HI)
            .from("ann@example.org")
            .as("ann@example.org")
            .to("all@example.org")
            .hasRecipients("ann@example.org", "bob@example.org");
    mail.forRecipient("bob@example.org").deliveredInto("INBOX of bob@example.org");
    String refusal = "5.7.1 Only Ann may write to this address";
    chain.takeText(HI).to("all@example.org").done(refusal);
    chain.takeText(HI).from("ann@example.org").to("all@example.org").done(refusal);
    chain
        .takeText(HI)
        .from("ann@example.org")
        .as("bob@example.org")
        .to("all@example.org")
        .done(refusal);
  }

  @Test
  void r09ListsHaveFolders() throws IOException {
    ChainUnderTest chain = chain(9);
    chain
        .takeText("List-Id: <announce.java.example>\n" + HI)
        .deliveredInto("Lists/Java of ann@example.org");
    chain.takeText("List-Id: <x.example>\n" + HI).deliveredInto("Lists of ann@example.org");
    chain
        .takeText("List-Id: <x.example>\n" + HI)
        .to("ann+sent@example.org")
        .deliveredInto("Sent of ann@example.org");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r10BulkMailIsJunk() throws IOException {
    ChainUnderTest chain = chain(10);
    chain
        .takeText("List-Unsubscribe: <mailto:x@example.net>\n" + HI)
        .deliveredInto("Junk of ann@example.org");
    chain.takeText(HI).note("auth.dmarc", "fail").deliveredInto("Junk of ann@example.org");
    chain.takeText("Precedence: bulk\n" + HI).deliveredInto("Junk of ann@example.org");
    chain
        .takeText("List-Id: <x.example>\nList-Unsubscribe: <mailto:x@example.net>\n" + HI)
        .deliveredInto("INBOX of ann@example.org");
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
    assertThat(text(chain(12).takeText(mail))).doesNotContain("MZ-evil").contains("hello");
    String archive =
        mail.replace("evil.exe", "photos.zip")
            .replace("MZ-evil", Base64.getMimeEncoder().encodeToString(zip("evil.exe")))
            .replace("photos.zip\n\n", "photos.zip\nContent-Transfer-Encoding: base64\n\n");
    chain(12).takeText(archive).keptIn("quarantine").hasText("photos.zip");
  }

  private static byte[] zip(String name) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(1);
    }
    return bytes.toByteArray();
  }

  @Test
  void r13ThePostmasterHearsOfLargeMail() throws IOException {
    String large = HI + "x".repeat(76).concat("\n").repeat(300_000);
    Passage mail = leaving(chain(13), large).relayed().asksFor("to postmaster@example.org");
    assertThat(mail.passage().report().turns())
        .flatExtracting(turn -> turn.deeds())
        .singleElement()
        .asString()
        .as("a note, and not the message")
        .containsPattern(" of [0-9]{3,4} bytes ");
    assertThat(answers(leaving(chain(13), HI))).isFalse();
  }

  @Test
  void r14MachinesHaveOneSender() throws IOException {
    chain(14)
        .takeText("From: printer@example.org\n\nno paper\n")
        .from("printer@example.org")
        .as("printer@example.org")
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
    List<Fate> fates =
        chain(18).takeText(HI).from("eve@example.net").to("ann@example.org").passage().fates();
    assertThat(fates).hasSize(2);
    Fate.Served here = only(fates, Fate.Served.class);
    assertThat(here.reason()).isEqualTo("delivered into INBOX of ann@example.org");
    Fate.Relayed there = only(fates, Fate.Relayed.class);
    assertThat(there.smarthost().orElseThrow().host()).isEqualTo("new.example.org");
    assertThat(there.mail().addresses()).containsExactly(MailAddress.of("ann@example.org"));
    assertThat(there.mail().sender()).contains(MailAddress.of("eve@example.net"));
    assertThat(there.mail().recipients())
        .as("nobody is told what goes wrong there")
        .allSatisfy(one -> assertThat(one.notifications()).containsExactly(Recipient.Notify.NEVER));
    assertThat(there.mail().message()).isEqualTo(here.mail().message());
    chain(18).takeText(HI).to("x@far.example").relayed().passesBy("root/Copy");
  }

  private static <T extends Fate> T only(List<Fate> fates, Class<T> kind) {
    return fates.stream().filter(kind::isInstance).map(kind::cast).findFirst().orElseThrow();
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
        .hasHeader("Subject", "[staging] hi")
        .hasHeader("Delivered-To", "customer@example.net")
        .hasHeader("Delivered-To", "ann@example.org");
  }

  @Test
  void r21MailFromOutsideIsTagged() throws IOException {
    ChainUnderTest chain = chain(21);
    chain
        .takeText(HI)
        .hasHeader("Subject", "[external] hi")
        .deliveredInto("INBOX of ann@example.org");
    for (String subject : List.of("[external] hi", "Re: [external] hi", "AW: Re: [external] hi")) {
      chain.takeText(HI.replace("hi\n\n", subject + "\n\n")).hasHeader("Subject", subject);
    }
    chain.takeText(HI).as("bob@example.org").hasHeader("Subject", "hi");
    leaving(chain, HI).relayed().hasHeader("Subject", "hi");
  }

  @Test
  void r22PostsOfMembersGoToTheList() throws IOException {
    ChainUnderTest chain =
        chain(22).list("team@example.org", "ann@example.org", "bob@example.org", "eve@example.net");
    chain
        .takeText(HI.replace("c@example.net", "ann@example.org"))
        .from("ann@example.org")
        .as("ann@example.org")
        .to("team@example.org")
        .done("sent to the 3 members");
    chain.takeText(HI).to("team@example.org").done("held for a moderator");
    chain.takeText(HI).to("team-subscribe@example.org").done("a command to team@example.org");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org");
  }

  @Test
  void r23WhoIsAwayAnswersOnceAndGetsTheMail() throws IOException {
    ChainUnderTest chain = chain(23).away("ann@example.org", "Away", "Back on Monday");
    String hi = "To: ann@example.org\n" + HI;
    chain
        .takeText(hi)
        .from("c@example.net")
        .deliveredInto("INBOX of ann@example.org")
        .asksFor("to c@example.net");
    assertThat(answers(chain.takeText(hi).from("c@example.net"))).as("once").isFalse();
    Passage list = chain.takeText("List-Id: <x.example>\n" + hi).from("d@example.net");
    assertThat(answers(list.deliveredInto("INBOX of ann@example.org"))).isFalse();
    Passage program = chain.takeText("Auto-Submitted: auto-generated\n" + hi).from("e@example.net");
    assertThat(answers(program.deliveredInto("INBOX of ann@example.org"))).isFalse();
    Passage bob = chain.takeText("To: bob@example.org\n" + HI).to("bob@example.org");
    assertThat(answers(bob.deliveredInto("INBOX of bob@example.org"))).isFalse();
  }

  @Test
  void r24AProgramHearsOfTickets(@TempDir Path data) throws IOException {
    Files.createDirectories(data.resolve("hooks"));
    Files.writeString(data.resolve("hooks").resolve("tickets"), "secret\n");
    ChainUnderTest chain = people(settings().ofFile(file(24), data));
    chain
        .takeText(HI)
        .to("tickets@example.org")
        .goesThrough("root/ToHttp")
        .asksFor("to https://tickets.example.com/mail")
        .done("tickets.example.com");
    chain.takeText(HI).deliveredInto("INBOX of ann@example.org").passesBy("root/ToHttp");
  }

  @Test
  void r25CardNumbersStayInTheHouse() throws IOException {
    ChainUnderTest chain = chain(25);
    String card = HI + "1234 5678 1234 5678\n";
    leaving(chain, card)
        .keptIn("dlp")
        .hasNote("dlp.rules", "card-number")
        .hasNote("dlp.explanation", "rule card-number (text): Card numbers do not leave the house");
    chain
        .takeText(HI)
        .from("ann@example.org")
        .as("ann@example.org")
        .to("x@rival.example")
        .keptIn("dlp")
        .hasNote("dlp.rules", "rival");
    leaving(chain, HI).relayed();
    chain.takeText(card).deliveredInto("INBOX of ann@example.org");
    chain.takeText(card).to("eve@example.net").relayed();
  }

  @Test
  void r26NewslettersGoOutAtNightOneForEachDomain() throws IOException {
    Passage news =
        chain(26)
            .takeText(HI)
            .from("news@example.org")
            .to("a@one.example", "b@two.example", "c@one.example")
            .hasNote("posthorn.priority", "-4");
    // It waits, or it is night now.
    for (Fate fate : news.passage().fates()) {
      switch (fate) {
        case Fate.Waiting waiting -> {
          assertThat(waiting.next().step()).isEqualTo("SplitRecipients");
          assertThat(waiting.until().atZone(ZoneId.of("Europe/Berlin")).getHour()).isEqualTo(22);
        }
        case Fate.Relayed relayed ->
            assertThat(relayed.mail().addresses().stream().map(MailAddress::domain).distinct())
                .hasSize(1);
        default -> throw new AssertionError(fate.toString());
      }
    }
    leaving(chain(26), HI).relayed();
    chain(26).takeText(HI).from("news@example.org").deliveredInto("INBOX of ann@example.org");
  }

  private static String text(Passage mail) throws IOException {
    try (var in = mail.passage().fates().getFirst().mail().message().open()) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
