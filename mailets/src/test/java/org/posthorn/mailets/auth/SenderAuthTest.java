package org.posthorn.mailets.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestDns;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.results.AuthenticationResults;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.spool.chain.ConfigTree;
import org.posthorn.spool.chain.GateBuilder;
import org.posthorn.spool.chain.Guarded;

class SenderAuthTest {
  private static final String FIELD = AuthenticationResults.NAME;

  private final TestServices services = new TestServices();
  private final TestDns dns = services.dns();
  private final Map<String, Object> parameters = new HashMap<>();
  private final List<DmarcObserver.Judged> judged = new ArrayList<>();

  @BeforeEach
  void publish() {
    dns.with("TXT", "good.example", "v=spf1 ip4:192.0.2.0/24 -all exp=why.good.example");
    dns.with("TXT", "why.good.example", "%{i} may not");
    dns.with("TXT", "_dmarc.good.example", "v=DMARC1; p=reject");
    dns.with("TXT", "_dmarc.strict.example", "v=DMARC1; p=reject");
    dns.with("TXT", "_dmarc.mild.example", "v=DMARC1; p=quarantine");
    dns.with("PTR", "192.0.2.7", "mail.good.example").with("A", "mail.good.example", "192.0.2.7");
  }

  private static Visitor visitor(String address, boolean loggedIn) {
    return new Visitor(
        InetAddress.ofLiteral(address),
        "mx",
        "c1",
        Optional.of("mail.good.example"),
        loggedIn ? Optional.of(MailAddress.of("ann@example.org")) : Optional.empty(),
        Optional.empty());
  }

  /// What the gate says at last, and what it has noted until then.
  private record Said(Verdict verdict, Map<String, String> notes) {
    String note(String name) {
      return notes.getOrDefault(name, "");
    }
  }

  private Said hand(Visitor visitor, String sender, String header) {
    return hand(
        TestParameters.gate(new SenderAuth.Factory(() -> judged::add), parameters, services),
        visitor,
        sender,
        header);
  }

  private static Said hand(Gate gate, Visitor visitor, String sender, String header) {
    IncomingMail mail =
        new IncomingMail(
            sender.isEmpty() ? Optional.empty() : Optional.of(MailAddress.of(sender)),
            List.of(Recipient.of(MailAddress.of("bob@example.org"))),
            OptionalLong.empty(),
            Map.of());
    Map<String, String> notes = new HashMap<>();
    Verdict verdict = gate.sender(visitor, mail);
    if (verdict instanceof Verdict.Tag tag) {
      notes.putAll(tag.attributes());
      mail = new IncomingMail(mail.sender(), mail.recipients(), mail.declaredBytes(), notes);
    }
    if (verdict instanceof Verdict.Tag || verdict instanceof Verdict.Pass) {
      verdict = gate.content(visitor, mail, HeapMessage.of(header + "\nText\n"));
    }
    switch (verdict) {
      case Verdict.Tag tag -> notes.putAll(tag.attributes());
      case Verdict.Change change -> notes.putAll(change.mail().attributes());
      default -> {}
    }
    return new Said(verdict, notes);
  }

  private Said hand(String address, String sender, String header) {
    return hand(visitor(address, /* loggedIn= */ false), sender, header);
  }

  private Guarded built(Map<String, Object> gate) {
    return new GateBuilder(List.of(new SenderAuth.Factory(() -> judged::add)), services)
        .build(ConfigTree.of(Map.of("mx", List.of(gate))))
        .of("mx")
        .getFirst();
  }

  private static AuthenticationResults written(Said said) {
    String value =
        switch (said.verdict) {
          case Verdict.Tag tag ->
              tag.headers().stream()
                  .filter(field -> field.is(FIELD))
                  .map(HeaderField::value)
                  .findFirst()
                  .orElse("");
          case Verdict.Change change ->
              change.message().headers().stream()
                  .filter(field -> field.is(FIELD))
                  .map(HeaderField::value)
                  .findFirst()
                  .orElse("");
          default -> "";
        };
    return AuthenticationResults.parse(value).orElseThrow();
  }

  @Test
  void allThatWasFoundIsWrittenOnTop() {
    Said said = hand("192.0.2.7", "ann@good.example", "From: Ann <ann@good.example>\n");

    AuthenticationResults results = written(said);
    assertThat(results.authservId()).isEqualTo(services.hostname());
    assertThat(results.results())
        .extracting(MethodResult::method, MethodResult::result)
        .containsExactly(
            tuple("iprev", "pass"),
            tuple("spf", "pass"),
            tuple("dkim", "none"),
            tuple("dmarc", "pass"));
    assertThat(said.note(Notes.DMARC)).isEqualTo("pass");
    assertThat(said.note(Notes.AUTHOR)).isEqualTo("good.example");
    assertThat(said.note(Notes.DISPOSITION)).isEmpty();
  }

  /// As many as are looked at, and as long as can be: a port writes fields of up to 16,000
  /// characters, and DMARC comes last.
  @Test
  void nobodyHidesWhatWasFoundBehindSignatures() {
    String label = "x".repeat(60) + ".";
    String domain = label.repeat(3) + "y".repeat(50) + ".example";
    var header = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      header.append(
          """
          DKIM-Signature: v=1; a=rsa-sha256; d=%1$s; s=%2$s; h=from;
           i=%3$s@%1$s; bh=%4$s; b=%4$s
          """
              .formatted(domain, "s".repeat(60), "l".repeat(300), "A".repeat(43) + "="));
    }
    Said said = hand("198.51.100.1", "x@evil.example", header + "From: a@mild.example\n");
    assertThat(written(said).results())
        .last()
        .matches(result -> result.method().equals("dmarc") && result.result().equals("fail"));
    assertThat(((Verdict.Tag) said.verdict).headers())
        .allSatisfy(field -> assertThat(field.value()).hasSizeBetween(4_001, 16_000));
  }

  @Test
  void forgedResultsAreTakenAway() {
    String header =
        "Authentication-Results:\n (x) EXAMPLE.org.\n ; dkim=pass header.d=bank.example\n"
                .replace("EXAMPLE.org", services.hostname().toUpperCase(Locale.ROOT))
            + "Authentication-Results: other.example; dkim=pass\nFrom: ann@good.example\n";

    Said said = hand("192.0.2.7", "ann@good.example", header);

    assertThat(said.verdict).isInstanceOf(Verdict.Change.class);
    Verdict.Change change = (Verdict.Change) said.verdict;
    assertThat(change.message().headers().stream().filter(field -> field.is(FIELD)))
        .hasSize(2)
        .anyMatch(field -> field.value().startsWith("other.example"))
        .noneMatch(field -> field.value().contains("bank.example"));
    assertThat(written(said).results()).hasSize(4);
  }

  @Test
  void thoseOfOurUsersAreTakenAwayToo() {
    Visitor ann = visitor("192.0.2.7", /* loggedIn= */ true);
    String forged = FIELD + ": " + services.hostname() + "; dkim=pass\n";

    assertThat(hand(ann, "ann@good.example", "From: x\n").verdict).isEqualTo(Verdict.pass());
    assertThat(hand(ann, "ann@good.example", forged + "From: x\n").verdict)
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change -> assertThat(change.message().headers()).noneMatch(field -> field.is(FIELD)));
  }

  @Test
  void theAuthorsDomainDecidesWhatBecomesOfForgeries() {
    assertThat(hand("198.51.100.1", "x@evil.example", "From: a@strict.example\n").verdict)
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse -> {
              assertThat(refuse.status()).isEqualTo("5.7.26");
              assertThat(refuse.reason()).contains("dmarc=fail for strict.example");
            });
    assertThat(
            hand("198.51.100.1", "x@evil.example", "From: a@mild.example\n")
                .note(Notes.DISPOSITION))
        .isEqualTo(Notes.QUARANTINE);
    assertThat(hand("198.51.100.1", "x@evil.example", "From: a@evil.example\n").note(Notes.DMARC))
        .isEqualTo("none");
  }

  @Test
  void theOperatorMayBeMilder() {
    parameters.put("dmarc", "quarantine");
    assertThat(
            hand("198.51.100.1", "x@evil.example", "From: a@strict.example\n")
                .note(Notes.DISPOSITION))
        .isEqualTo(Notes.QUARANTINE);

    parameters.put("dmarc", "report");
    Said said = hand("198.51.100.1", "x@evil.example", "From: a@strict.example\n");
    assertThat(said.note(Notes.DISPOSITION)).isEmpty();
    assertThat(said.note(Notes.DMARC)).isEqualTo("fail");
  }

  @Test
  void someAreNotHeldToTheirPolicy() {
    parameters.put("except-authors", List.of("strict.example"));
    parameters.put("trusted-forwarders", List.of("203.0.113.0/24"));

    Said known = hand("198.51.100.1", "x@evil.example", "From: a@b.strict.example\n");
    assertThat(known.verdict).isInstanceOf(Verdict.Tag.class);
    assertThat(((Verdict.Tag) known.verdict).reason()).contains("local policy");
    Said forwarded = hand("203.0.113.5", "x@good.example", "From: a@good.example\n");
    assertThat(((Verdict.Tag) forwarded.verdict).reason()).contains("trusted forwarder");
    assertThat(hand("198.51.100.1", "x@evil.example", "From: a@good.example\n").verdict)
        .isInstanceOf(Verdict.Refuse.class);
  }

  @Test
  void spfAloneMayRefuseAndTellsWhatTheDomainSays() {
    assertThat(hand("198.51.100.1", "x@good.example", "From: a@none.example\n").note(Notes.SPF))
        .isEqualTo("fail");

    parameters.put("spf-fail", "refuse");
    assertThat(hand("198.51.100.1", "x@good.example", "From: a@none.example\n").verdict)
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse ->
                assertThat(refuse.text()).endsWith("good.example says: 198.51.100.1 may not"));
    parameters.put("spf-fail", "quarantine");
    assertThat(
            hand("198.51.100.1", "x@good.example", "From: a@none.example\n")
                .note(Notes.DISPOSITION))
        .isEqualTo(Notes.QUARANTINE);
  }

  @Test
  void reportsWithoutSenderAreCheckedByTheGreeting() {
    dns.with("TXT", "mail.good.example", "v=spf1 a -all");

    Said said = hand("192.0.2.7", "", "From: postmaster@good.example\n");

    assertThat(said.note(Notes.SPF)).isEqualTo("pass");
    assertThat(said.note(Notes.DMARC)).isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Subject: x\n",
        "From: a@good.example\nFrom: b@evil.example\n",
        "From: a@good.example <b@evil.example>\n",
        "From : a@good.example\nFROM: b@evil.example\n"
      })
  void anUnclearAuthorIsRefused(String header) {
    assertThat(hand("192.0.2.7", "ann@good.example", header).verdict)
        .isInstanceOf(Verdict.Refuse.class);

    parameters.put("malformed-from", "tag");
    Said said = hand("192.0.2.7", "ann@good.example", header);
    assertThat(said.note(Notes.DMARC)).isEqualTo("permerror");
  }

  /// As careless programs write it: whoever reads it otherwise finds the same domain.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "From: ann@good.example <ann@good.example>\n",
        "From: Doe, Ann <ann@good.example>\n"
      })
  void anAuthorWrittenCarelesslyIsStillOne(String header) {
    assertThat(hand("192.0.2.7", "ann@good.example", header).note(Notes.DMARC)).isEqualTo("pass");
  }

  @Test
  void aSilentDnsStopsNothing() {
    dns.silentFor("good.example").silentFor("_dmarc.good.example").silentFor("192.0.2.7");

    Said said = hand("192.0.2.7", "ann@good.example", "From: ann@good.example\n");

    assertThat(said.verdict).isInstanceOf(Verdict.Tag.class);
    assertThat(said.notes)
        .containsEntry(Notes.SPF, "temperror")
        .containsEntry(Notes.DMARC, "temperror")
        .containsEntry(Notes.IPREV, "temperror");
  }

  private static String signature(String domain) {
    return """
    DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=may; h=from;
     bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA
    """
        .formatted(domain);
  }

  private Said handSigned(String signer, String author) {
    return hand("198.51.100.1", "x@evil.example", signature(signer) + "From: a@" + author + "\n");
  }

  @Test
  void whatASilentDnsCouldProveComesAgain() {
    dns.silentFor("may._domainkey.strict.example").silentFor("b.strict.example");

    assertThat(handSigned("strict.example", "strict.example").verdict)
        .isInstanceOfSatisfying(
            Verdict.Defer.class,
            defer -> {
              assertThat(defer.code() + " " + defer.status()).isEqualTo("451 4.7.5");
              assertThat(defer.reason())
                  .contains(
                      "dmarc=temperror for strict.example",
                      "DKIM for strict.example could not be checked");
            });
    assertThat(hand("198.51.100.1", "x@b.strict.example", "From: a@strict.example\n").verdict)
        .isInstanceOfSatisfying(
            Verdict.Defer.class,
            defer -> assertThat(defer.reason()).contains("SPF for b.strict.example"));
    assertThat(judged).as("it is judged when it comes again").isEmpty();
  }

  @Test
  void theSilenceOfOthersProvesNothing() {
    dns.silentFor("may._domainkey.evil.example").silentFor("evil.example");

    assertThat(handSigned("evil.example", "strict.example").verdict)
        .isInstanceOf(Verdict.Refuse.class);
    assertThat(judged).hasSize(1);
  }

  @Test
  void whatASilentDnsCouldProveIsTakenWhereNothingIsRefused() {
    dns.silentFor("may._domainkey.mild.example").silentFor("may._domainkey.strict.example");

    Said mild = handSigned("mild.example", "mild.example");
    assertThat(mild.note(Notes.DISPOSITION)).isEqualTo(Notes.QUARANTINE);
    assertThat(mild.note(Notes.DMARC)).isEqualTo("temperror");
    assertThat(written(mild).results())
        .extracting(MethodResult::method, MethodResult::result)
        .contains(tuple("dkim", "temperror"), tuple("dmarc", "temperror"));
    parameters.put("dmarc", "report");
    Said strict = handSigned("strict.example", "strict.example");
    assertThat(strict.note(Notes.DMARC)).isEqualTo("temperror");
    assertThat(strict.note(Notes.DISPOSITION)).isEmpty();
    parameters.put("dmarc", "enforce");
    parameters.put("except-authors", List.of("strict.example"));
    assertThat(handSigned("strict.example", "strict.example").verdict)
        .isInstanceOf(Verdict.Tag.class);
  }

  @Test
  void aForgeryIsRefusedWhoeverElseIsItsAuthor() {
    dns.hangsFor("_dmarc.slow.example").hangsFor("_dmarc.slower.example");

    Said said =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10),
            () ->
                hand(
                    "198.51.100.1",
                    "x@evil.example",
                    "From: a@slow.example, b@slower.example, c@strict.example\n"));

    assertThat(said.verdict)
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse -> assertThat(refuse.reason()).contains("dmarc=fail for strict.example"));
  }

  @Test
  void whoMakesItSlowComesAgainUnlessTheOperatorSaysOtherwise() {
    Guarded bare = built(Map.of("gate", "SenderAuth"));

    assertThat(bare.timeLimit()).isEqualTo(Duration.ofSeconds(60));
    assertThat(bare.defersOnFailure()).isTrue();
  }

  @Test
  void serversOfOursAreBelieved() {
    parameters.put("relays", List.of("203.0.113.9"));
    parameters.put("relay-names", List.of("mx2.example.org"));
    String header =
        "Received: x\nAuthentication-Results: mx2.example.org; spf=pass; dkim=fail;"
            + " dkim=pass header.d=good.example; dmarc=pass\nFrom: a@strict.example\n";

    Said said = hand("203.0.113.9", "ann@good.example", header);

    assertThat(said.notes)
        .containsEntry(Notes.DMARC, "pass")
        .containsEntry(Notes.DKIM, "pass")
        .containsEntry(Notes.SIGNERS, "good.example");
    assertThat(hand("203.0.113.8", "ann@good.example", header).verdict)
        .isInstanceOf(Verdict.Refuse.class);
  }

  /// What one server has written, as another reads it: both write in the name of the domain.
  private Said relayed(Said first, String author) {
    String found = written(first).value().replace(services.hostname(), "example.org");
    parameters.put("relays", List.of("203.0.113.9"));
    parameters.put("relay-names", List.of("example.org"));
    return hand(
        "203.0.113.9", "x@evil.example", FIELD + ": " + found + "\nFrom: a@" + author + "\n");
  }

  @Test
  void whatBelongsIntoJunkForAServerOfOursDoesHere() {
    Said mild = hand("198.51.100.1", "x@evil.example", "From: a@mild.example\n");
    assertThat(relayed(mild, "mild.example").notes)
        .containsEntry(Notes.DISPOSITION, Notes.QUARANTINE)
        .containsEntry(Notes.DMARC, "fail")
        .containsEntry(Notes.AUTHOR, "mild.example");

    parameters.clear();
    parameters.put("spf-fail", "quarantine");
    Said bySpf = hand("198.51.100.1", "x@good.example", "From: a@none.example\n");
    parameters.clear();
    assertThat(relayed(bySpf, "none.example").note(Notes.DISPOSITION)).isEqualTo(Notes.QUARANTINE);

    parameters.clear();
    parameters.put("except-authors", List.of("mild.example"));
    Said excepted = hand("198.51.100.1", "x@evil.example", "From: a@mild.example\n");
    parameters.clear();
    Said taken = relayed(excepted, "mild.example");
    assertThat(taken.note(Notes.DMARC)).isEqualTo("fail");
    assertThat(taken.note(Notes.DISPOSITION)).isEmpty();
  }

  @Test
  void whereAServerOfOursSaysNotWhatItDidThePolicyCounts() {
    parameters.put("relays", List.of("203.0.113.9"));
    parameters.put("relay-names", List.of("scanner.example.org"));
    String header =
        FIELD
            + ": scanner.example.org; dmarc=fail header.from=Strict.example policy.dmarc=reject\n"
            + "From: a@strict.example\n";

    Said said = hand("203.0.113.9", "x@evil.example", header);
    assertThat(said.note(Notes.AUTHOR)).isEqualTo("strict.example");
    assertThat(said.note(Notes.DISPOSITION)).isEqualTo(Notes.QUARANTINE);
    assertThat(
            hand("203.0.113.9", "x@evil.example", header.replace("=reject", "=none"))
                .note(Notes.DISPOSITION))
        .isEmpty();
    parameters.put("except-authors", List.of("strict.example"));
    assertThat(hand("203.0.113.9", "x@evil.example", header).note(Notes.DISPOSITION)).isEmpty();
    parameters.remove("except-authors");
    parameters.put("dmarc", "report");
    assertThat(hand("203.0.113.9", "x@evil.example", header).note(Notes.DISPOSITION)).isEmpty();
  }

  @Test
  void resultsOfAServerOfOursInANameOfOursAreWrittenAnew() {
    services.directory().withPerson("bob@example.org", "");
    parameters.put("relays", List.of("203.0.113.9"));
    parameters.put("relay-names", List.of("example.org"));
    String header =
        FIELD
            + ": example.org; dmarc=pass header.from=good.example\n"
            + FIELD
            + ": other.example; dmarc=pass\nFrom: a@good.example\n";

    Said said = hand("203.0.113.9", "a@good.example", header);

    assertThat(said.note(Notes.DMARC)).isEqualTo("pass");
    assertThat(written(said).authservId()).isEqualTo(services.hostname());
    assertThat(said.verdict)
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change ->
                assertThat(change.message().headers())
                    .noneMatch(field -> field.value().startsWith("example.org"))
                    .anyMatch(field -> field.value().startsWith("other.example")));

    String nobodys = FIELD + ": \"\"; dmarc=pass header.from=a.example\nFrom: a@a.example\n";
    assertThat(hand("203.0.113.9", "a@a.example", nobodys).note(Notes.DMARC)).isEmpty();
  }

  @Test
  void theOlderFieldIsWrittenOnRequest() {
    parameters.put("received-spf", "true");

    Said said = hand("192.0.2.7", "ann@good.example", "From: a@good.example\n");

    HeaderField first = ((Verdict.Tag) said.verdict).headers().getFirst();
    assertThat(first.name()).isEqualTo("Received-SPF");
    assertThat(first.value())
        .startsWith("pass (")
        .contains("client-ip=192.0.2.7; envelope-from=\"ann@good.example\"");
  }

  @Test
  void whatWasJudgedIsToldToTheObserver() {
    parameters.put("except-authors", List.of("mild.example"));
    hand("198.51.100.1", "x@good.example", "From: a@strict.example\n");
    hand("198.51.100.1", "", "From: a@mild.example\n");

    assertThat(judged)
        .extracting(
            DmarcObserver.Judged::envelope,
            DmarcObserver.Judged::applied,
            DmarcObserver.Judged::exemption)
        .containsExactly(
            tuple("good.example", DmarcPolicy.REJECT, DmarcObserver.Exemption.NO),
            tuple("", DmarcPolicy.NONE, DmarcObserver.Exemption.LOCAL_POLICY));
    assertThat(judged.getFirst().checks()).extracting(MethodResult::result).containsExactly("fail");
  }

  /// In a dry run the mail is taken, whatever it looks like.
  @Test
  void whatADryRunOnlyThinksIsToldAsWhatBecameOfTheMail() {
    Guarded trying = built(Map.of("gate", "SenderAuth", "dry-run", true));
    Visitor stranger = visitor("198.51.100.1", /* loggedIn= */ false);
    assertThat(trying.dryRun()).isTrue();
    hand(trying.gate(), stranger, "x@good.example", "From: a@strict.example\n");
    hand(trying.gate(), stranger, "x@good.example", "From: a@mild.example\n");
    hand(trying.gate(), stranger, "x@good.example", "From: a@none.example\n");

    assertThat(judged)
        .extracting(DmarcObserver.Judged::applied, DmarcObserver.Judged::exemption)
        .containsExactly(
            tuple(DmarcPolicy.NONE, DmarcObserver.Exemption.LOCAL_POLICY),
            tuple(DmarcPolicy.NONE, DmarcObserver.Exemption.LOCAL_POLICY),
            tuple(DmarcPolicy.NONE, DmarcObserver.Exemption.NO));
  }
}
