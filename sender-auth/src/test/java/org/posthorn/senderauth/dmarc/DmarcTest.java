package org.posthorn.senderauth.dmarc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.TestDns;
import org.posthorn.message.HeaderField;
import org.posthorn.senderauth.dmarc.DmarcResult.Outcome;

class DmarcTest {
  private final TestDns dns = new TestDns();
  private int drawn;

  private void publish(String domain, String policy) {
    dns.with("TXT", "_dmarc." + domain, "v=DMARC1; " + policy);
  }

  private DmarcResult check(String from, String spf, String... signers) {
    return new Dmarc(dns, () -> drawn)
        .check(
            authors(from),
            new Dmarc.Passed(
                spf.isEmpty() ? Optional.empty() : Optional.of(spf), List.of(signers)));
  }

  private static Authors authors(String... from) {
    return Authors.of(List.of(from).stream().map(value -> new HeaderField("From", value)).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "example.org,       '',               PASS",
    "mail.example.org,  '',               PASS",
    "'',                example.org,      PASS",
    "'',                a.b.example.org,  PASS",
    "example.com,       example.net,      FAIL",
    "badexample.org,    '',               FAIL",
    "org,               '',               FAIL",
    "example.org.evil.example, '',        FAIL",
    "'',                '',               FAIL"
  })
  void itPassesForItsOrganization(String spf, String signer, Outcome outcome) {
    publish("example.org", "p=reject");
    DmarcResult result =
        signer.isEmpty() ? check("ann@example.org", spf) : check("ann@example.org", spf, signer);

    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.asked())
        .isEqualTo(outcome == Outcome.PASS ? DmarcPolicy.NONE : DmarcPolicy.REJECT);
  }

  @Test
  void strictMeansTheDomainItself() {
    publish("example.org", "p=reject; adkim=s; aspf=s");

    assertThat(check("ann@example.org", "mail.example.org", "mail.example.org").failed()).isTrue();
    assertThat(check("ann@example.org", "", "example.org").outcome()).isEqualTo(Outcome.PASS);
    assertThat(check("ann@mail.example.org", "example.org").failed()).isTrue();
  }

  @Test
  void aDomainThatSignsItselfIsAllThatIsAskedFor() {
    publish("example.org", "p=reject");
    dns.silentFor("_dmarc.org");

    assertThat(check("ann@example.org", "", "example.org").outcome()).isEqualTo(Outcome.PASS);
    assertThat(check("ann@example.org", "mail.example.org").outcome()).isEqualTo(Outcome.TEMPERROR);
  }

  /// What the DNS does not tell of one who vouches for a mail hides no other.
  @Test
  void theSilenceAboutOneHidesNoOtherThatPasses() {
    publish("example.org", "p=reject");
    dns.silentFor("_dmarc.bounce.example.org");

    DmarcResult signed = check("ann@example.org", "bounce.example.org", "example.org");
    assertThat(signed.outcome()).isEqualTo(Outcome.PASS);
    assertThat(signed.alignedDkim()).containsExactly("example.org");
    assertThat(signed.alignedSpf()).isFalse();
    assertThat(check("ann@example.org", "", "bounce.example.org", "mail.example.org").outcome())
        .isEqualTo(Outcome.PASS);
    assertThat(check("ann@example.org", "bounce.example.org").outcome())
        .isEqualTo(Outcome.TEMPERROR);
    dns.silentFor("_dmarc.org");
    assertThat(check("ann@example.org", "esp.example", "example.org").outcome())
        .isEqualTo(Outcome.PASS);
    assertThat(check("ann@example.org", "", "esp.example", "example.org").outcome())
        .isEqualTo(Outcome.PASS);
  }

  @Test
  void whoIsStrictNeedsNoOrganization() {
    publish("example.org", "p=reject; adkim=s; aspf=s");
    dns.silentFor("_dmarc.org");

    assertThat(check("ann@example.org", "esp.example", "esp.example").failed()).isTrue();
  }

  @Test
  void withoutAPolicyNothingIsAsked() {
    assertThat(check("ann@example.org", "", "example.com").outcome()).isEqualTo(Outcome.NONE);
    dns.with("TXT", "_dmarc.example.org", "v=DMARC1; p=reject", "v=DMARC1; p=none");
    assertThat(check("ann@example.org", "").outcome()).isEqualTo(Outcome.NONE);
  }

  @Test
  void subdomainsHaveTheirOwnPolicyOrThatOfTheOrganization() {
    publish("example.org", "p=reject; sp=quarantine; np=none");
    publish("own.example.org", "p=none");
    dns.with("A", "there.example.org", "192.0.2.1").with("A", "a.own.example.org", "192.0.2.1");

    assertThat(check("ann@example.org", "").asked()).isEqualTo(DmarcPolicy.REJECT);
    assertThat(check("ann@there.example.org", "").asked()).isEqualTo(DmarcPolicy.QUARANTINE);
    assertThat(check("ann@nowhere.example.org", "").asked()).isEqualTo(DmarcPolicy.NONE);
    assertThat(check("ann@own.example.org", "").applied().orElseThrow().domain())
        .isEqualTo("own.example.org");
    assertThat(check("ann@a.own.example.org", "").applied().orElseThrow().domain())
        .isEqualTo("example.org");
  }

  @Test
  void whoIsTestingIsSpared() {
    publish("example.org", "p=reject; t=y");
    assertThat(check("ann@example.org", "").asked()).isEqualTo(DmarcPolicy.QUARANTINE);

    publish("example.org", "p=quarantine; pct=20");
    drawn = 19;
    assertThat(check("ann@example.org", "").asked()).isEqualTo(DmarcPolicy.QUARANTINE);
    drawn = 20;
    assertThat(check("ann@example.org", "").asked()).isEqualTo(DmarcPolicy.NONE);
  }

  @Test
  void boundariesThatAreSaidCount() {
    publish("example.org", "p=reject");
    publish("dept.example.org", "p=reject; psd=n");
    assertThat(check("ann@a.dept.example.org", "example.org").failed()).isTrue();
    assertThat(check("ann@example.org", "a.dept.example.org").failed()).isTrue();
    assertThat(check("ann@a.dept.example.org", "b.dept.example.org").outcome())
        .isEqualTo(Outcome.PASS);

    publish("bank.example", "p=none; psd=y; np=reject");
    assertThat(check("ann@one.bank.example", "two.bank.example").failed()).isTrue();
    assertThat(check("ann@one.bank.example", "").asked()).isEqualTo(DmarcPolicy.REJECT);
    assertThat(check("ann@a.one.bank.example", "b.one.bank.example").outcome())
        .isEqualTo(Outcome.PASS);
  }

  @ParameterizedTest
  @CsvSource({"co.uk", "com", "github.io"})
  void suffixesMakeNoOrganization(String suffix) {
    publish(suffix, "p=reject");
    publish("victim." + suffix, "p=reject");

    assertThat(check("ann@victim." + suffix, "evil." + suffix).failed()).isTrue();
    assertThat(check("ann@victim." + suffix, suffix).failed()).isTrue();
    assertThat(check("ann@other." + suffix, "evil." + suffix).failed()).isTrue();
    assertThat(check("ann@victim." + suffix, "a.victim." + suffix).outcome())
        .isEqualTo(Outcome.PASS);
  }

  @Test
  void aDeepNameIsWalkedInEightQuestions() {
    publish("example.org", "p=reject");
    String deep = "a.b.c.d.e.f.g.h.i.j.k.l.example.org";

    assertThat(check("ann@" + deep, "example.org").outcome()).isEqualTo(Outcome.PASS);
  }

  @ParameterizedTest
  @CsvSource({
    "example.org,           '',               TEMPERROR",
    "'',                    a.b.example.org,  TEMPERROR",
    "evil.example,          evil.example,     FAIL",
    "badexample.org,        org,              FAIL",
    "'',                    '',               FAIL"
  })
  void onlyWhatCouldHavePassedIsNotKnown(String spf, String signer, Outcome outcome) {
    publish("example.org", "p=reject");
    Optional<String> sender = Optional.of(spf).filter(name -> !name.isEmpty());
    List<String> signers = signer.isEmpty() ? List.of() : List.of(signer);
    var dmarc = new Dmarc(dns, () -> drawn);
    var unknown = new Dmarc.Passed(sender, signers);
    var others = new Dmarc.Passed(Optional.of("example.net"), List.of());

    DmarcResult result = dmarc.check(authors("ann@example.org"), others, unknown);
    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.asked()).isEqualTo(DmarcPolicy.REJECT);
    assertThat(result.applied()).isPresent();
    var own = new Dmarc.Passed(Optional.of("example.org"), List.of());
    assertThat(dmarc.check(authors("ann@example.org"), own, unknown).outcome())
        .isEqualTo(Outcome.PASS);
  }

  @Test
  void whatIsNotKnownOfOneAuthorHidesNoFailureOfAnother() {
    publish("bank.example", "p=reject");
    publish("other.example", "p=reject");
    publish("mild.example", "p=quarantine");
    var nothing = new Dmarc.Passed(Optional.empty(), List.of());
    var unknown = new Dmarc.Passed(Optional.empty(), List.of("other.example"));
    var dmarc = new Dmarc(dns, () -> drawn);

    assertThat(dmarc.check(authors("a@other.example, b@bank.example"), nothing, unknown).failed())
        .isTrue();
    assertThat(dmarc.check(authors("a@mild.example, b@other.example"), nothing, unknown).outcome())
        .isEqualTo(Outcome.TEMPERROR);
    assertThat(dmarc.check(authors("a@none.example, b@other.example"), nothing, unknown).asked())
        .isEqualTo(DmarcPolicy.REJECT);
  }

  @Test
  void silenceIsNoPolicy() {
    dns.silentFor("_dmarc.example.org");

    assertThat(check("ann@example.org", "example.org").outcome()).isEqualTo(Outcome.TEMPERROR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "p=reject",
        "v=DMARC1",
        "v=dmarc1; p=reject",
        "v=DMARC12; p=reject",
        "p=reject; v=DMARC1",
        "v=DMARC1; p=perhaps",
        "v=DMARC1; p=reject; sp=perhaps",
        ""
      })
  void whatIsNoPolicyIsNone(String text) {
    assertThat(DmarcRecord.parse(text)).isEmpty();
  }

  @Test
  void ofManyWhoWantReportsTheFirstTenCount() {
    String all =
        IntStream.rangeClosed(1, 12)
            .mapToObj("mailto:r%d@example.org"::formatted)
            .collect(Collectors.joining(","));
    assertThat(DmarcRecord.parse("v=DMARC1; p=none; rua=" + all).orElseThrow().reportUris())
        .hasSize(10)
        .endsWith("mailto:r10@example.org");
  }

  @Test
  void aPolicyThatMakesNoSenseAndWantsReportsIsOneOfNothing() {
    DmarcRecord record =
        DmarcRecord.parse("v=DMARC1 ;p=perhaps;rua=mailto:a@example.org!10m , https://x")
            .orElseThrow();

    assertThat(record.policy()).isEqualTo(DmarcPolicy.NONE);
    assertThat(record.reportUris()).containsExactly("mailto:a@example.org");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ann@example.org | example.org",
        "Ann <ann@Example.ORG> | example.org",
        "\"ann@bank.example\" <ann@evil.example> | evil.example",
        "ann@bank.example (ann) | bank.example",
        "(bank.example) \"a@b\"@evil.example | evil.example",
        "=?utf-8?q?ann=40bank.example?= <ann@evil.example> | evil.example",
        "Friends: ann@example.org, Bob <bob@example.org>; | example.org",
        "J. Doe <j@example.org> | example.org",
        "ann@b\u00e4nk.example | xn--bnk-qla.example",
        "ann@b\u0430nk.example | xn--bnk-6cd.example",
        "<ann@example.org> | example.org",
        "info@example.org <info@example.org> | example.org",
        "info@Example.org (shop) <orders@example.ORG>, Bob <bob@example.org> | example.org",
        "Doe, John <john@example.org> | example.org",
        "Doe, John, =?utf-8?q?M=C3=BCller?=, Jr. <john@example.org> | example.org",
        "Bob <bob@example.org>, \"Doe\", John <john@example.org> | example.org",
        "Shop, <info@example.org> | example.org"
      })
  void theAuthorIsWhoStandsBehindTheName(String from, String domain) {
    assertThat(authors(from).domains()).containsExactly(domain);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ann",
        "<>",
        "Undisclosed:;",
        "ann@localhost",
        "ann@[192.0.2.1]",
        "ann@bank.example <ann@evil.example>",
        "<ann@bank.example> <ann@evil.example>",
        "<ann@bank.example @evil.example>",
        "<@bank.example:ann@evil.example>",
        "ann@bank.example@evil.example",
        "ann@bank.example, ",
        "ann@bank.example <ann@bank.example> <ann@evil.example>",
        "ann@bank.example <ann@mail.bank.example>",
        "ann@bank.example Ann <ann@bank.example>",
        "ann@[192.0.2.1] <ann@[192.0.2.1]>",
        "Doe, John",
        "Doe, John, john@bank.example",
        "Doe,, John <john@bank.example>",
        "ann@bank.example, Doe",
        "Doe, Friends: ann@bank.example;",
        "\"ann@bank.example\", Ann <ann@evil.example>",
        "=?utf-8?q?ann=40bank.example?=, Ann <ann@evil.example>",
        "=?utf-7?q?ann+AEA-bank.example?=, Ann <ann@evil.example>",
        "ann@bank.example; ann@evil.example",
        "\"ann@bank.example <ann@evil.example>",
        "ann@bank.example (never closed",
        "G: H: ann@bank.example;;",
        "ann@bank..example",
        "ann@\"bank.example\""
      })
  void whatCanBeReadInTwoWaysIsMalformed(String from) {
    assertThat(authors(from).isMalformed()).isTrue();
    publish("bank.example", "p=reject");
    assertThat(check(from, "bank.example", "evil.example").outcome()).isEqualTo(Outcome.PERMERROR);
  }

  @Test
  void oneFromIsNeeded() {
    assertThat(authors().isMalformed()).isTrue();
    assertThat(authors("a@example.org", "a@example.org").isMalformed()).isTrue();
  }

  @Test
  void ofSeveralAuthorsEachMustPass() {
    publish("bank.example", "p=reject");
    publish("evil.example", "p=none");

    assertThat(check("a@evil.example, b@bank.example", "", "evil.example").asked())
        .isEqualTo(DmarcPolicy.REJECT);
    assertThat(check("a@none.example, b@bank.example", "bank.example").outcome())
        .isEqualTo(Outcome.NONE);
    assertThat(check("a@bank.example, b@bank.example", "bank.example").outcome())
        .isEqualTo(Outcome.PASS);
  }

  @Test
  void theSlowServersOfOneAuthorDoNotHideAnother() {
    publish("bank.example", "p=reject");
    publish("mild.example", "p=quarantine");
    dns.hangsFor("_dmarc.slow.example");
    var quick = new Dmarc(dns, () -> drawn, Duration.ofMillis(200));
    var nothing = new Dmarc.Passed(Optional.empty(), List.of());

    assertThat(check("a@slow.example, b@bank.example", "").asked()).isEqualTo(DmarcPolicy.REJECT);
    assertThat(quick.check(authors("a@slow.example, b@mild.example"), nothing).asked())
        .isEqualTo(DmarcPolicy.QUARANTINE);
    DmarcResult slow = quick.check(authors("a@slow.example, b@none.example"), nothing);
    assertThat(slow.outcome()).isEqualTo(Outcome.TEMPERROR);
    assertThat(slow.reason()).isEqualTo("the servers of slow.example are too slow");
  }

  @Test
  void lookAlikesAreOthers() {
    publish("bank.example", "p=reject");

    assertThat(check("ann@bank.example", "xn--bnk-6cd.example").failed()).isTrue();
    assertThat(check("ann@b\u0430nk.example", "xn--bnk-6cd.example").outcome())
        .isEqualTo(Outcome.NONE);
  }

  @Test
  void whateverStandsThereIsReadOrMalformed() {
    String[] words = {
      "ann",
      "@",
      "example.org",
      "<",
      ">",
      ":",
      ";",
      ",",
      "\"",
      "\\",
      "(",
      ")",
      " ",
      "[",
      "]",
      ".",
      "\0",
      "é",
      "v=DMARC1;",
      "p=",
      "reject",
      "rua=",
      "mailto:"
    };
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int word = random.nextInt(12); word > 0; word--) {
        text.append(words[random.nextInt(words.length)]);
      }
      assertThat(authors(text.toString())).as("seed %d", seed).isNotNull();
      assertThat(DmarcRecord.parse(text.toString())).as("seed %d", seed).isNotNull();
    }
  }
}
