package org.posthorn.senderauth.spf;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.TestDns;

/// What the suite does not ask: what is said, and what records and names cannot do to us.
class SpfTest {
  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.7");

  private final TestDns zone = new TestDns();
  private final CountingDns dns = new CountingDns(zone);
  private final Spf spf = new Spf(dns, "mx.example.net", InstantSource.system());

  private SpfResult check() {
    return spf.mailFrom(CLIENT, "ann", "example.org", "mail.example.org");
  }

  @Test
  void theReasonNamesTheTermThatDecided() {
    zone.with("TXT", "example.org", "v=spf1 include:_spf.example.org -all");
    zone.with("TXT", "_spf.example.org", "v=spf1 ip4:192.0.2.0/24 -all");

    assertThat(check().code()).isEqualTo(SpfCode.PASS);
    assertThat(check().reason()).isEqualTo("include:_spf.example.org of example.org");
    assertThat(check().toMethodResult().property("smtp", "mailfrom")).contains("example.org");
  }

  @Test
  void theGreetingIsCheckedOnItsOwn() {
    zone.with("TXT", "mail.example.org", "v=spf1 a -all")
        .with("A", "mail.example.org", "192.0.2.7");

    SpfResult result = spf.helo(CLIENT, "mail.example.org");

    assertThat(result.code()).isEqualTo(SpfCode.PASS);
    assertThat(result.toMethodResult().property("smtp", "helo")).contains("mail.example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v=spf1 include:example.org -all",
        "v=spf1 redirect=example.org",
        "v=spf1 include:a.%{d} redirect=b.%{d}"
      })
  void recordsThatLeadToThemselvesEnd(String record) {
    zone.with("TXT", "example.org", record);
    for (String name = "example.org"; name.length() < 40; name = "a." + name) {
      zone.with("TXT", "a." + name, record).with("TXT", "b." + name, record);
    }

    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
    assertThat(dns.questions).isLessThanOrEqualTo(12);
  }

  /// Such as make a second of work of each of ten records.
  @Test
  @Timeout(5)
  void longLabelsAreReadOnce() {
    for (int at = 0; at <= 10; at++) {
      String include = at == 10 ? "" : "include:%d.example.org ".formatted(at + 1);
      zone.with(
          "TXT",
          at == 0 ? "example.org" : at + ".example.org",
          "v=spf1 " + include + "?all a:x." + "a".repeat(15_900) + "-b");
    }
    assertThat(check().code()).isEqualTo(SpfCode.NEUTRAL);
  }

  @Test
  void theEleventhLookUpIsAnError() {
    String ten = " a:a.example.org".repeat(10);
    zone.with("A", "a.example.org", "198.51.100.1");
    zone.with("TXT", "example.org", "v=spf1" + ten + " -all");
    assertThat(check().code()).isEqualTo(SpfCode.FAIL);

    zone.with("TXT", "example.org", "v=spf1" + ten + " a:a.example.org -all");
    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
    assertThat(check().reason()).contains("look-up 11");
  }

  @Test
  void namesWithoutRecordsCannotBeAskedForWithoutEnd() {
    zone.with("TXT", "example.org", "v=spf1 mx -all");
    zone.with("MX", "example.org", "1.example", "2.example", "3.example", "4.example");

    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
    assertThat(dns.questions).isLessThanOrEqualTo(5);
  }

  @Test
  void exchangersWithoutAddressesOfTheClientsKindAreNoError() {
    zone.with("TXT", "example.org", "v=spf1 mx -all");
    zone.with("MX", "example.org", "1.example", "2.example", "3.example", "4.example");
    for (int at = 1; at <= 4; at++) {
      zone.with("A", at + ".example", "2001:db8::" + at);
    }

    assertThat(check().code()).isEqualTo(SpfCode.FAIL);
  }

  @Test
  @Timeout(60)
  void macrosThatGrowAreStopped() {
    zone.with("TXT", "example.org", "v=spf1 exists:" + "%{s}".repeat(3_000) + " -all");

    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
    assertThat(check().reason()).contains("expands to more than");
  }

  @Test
  void anEndlessRecordIsAnError() {
    zone.with("TXT", "example.org", "v=spf1" + " ?all".repeat(10_000));

    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
  }

  @Test
  void silenceIsTemporary() {
    zone.silentFor("example.org");

    assertThat(check().code()).isEqualTo(SpfCode.TEMPERROR);
  }

  @Test
  void aCheckThatTakesTooLongInAllIsTemporary() {
    zone.with("TXT", "example.org", "v=spf1 a -all").with("A", "example.org", "192.0.2.7");
    var lookups = new SpfLookups(zone, Duration.ofNanos(-1));
    var query = new SpfQuery(CLIENT, "ann", "example.org", "mail.example.org");

    var finding = new SpfCheck(lookups, query, "mx", InstantSource.system()).run("example.org");

    assertThat(finding.code()).isEqualTo(SpfCode.TEMPERROR);
  }

  @Test
  void explanationsAreOneLineOfPrintableText() {
    zone.with("TXT", "example.org", "v=spf1 -all exp=why.%{d}");
    zone.with("TXT", "why.example.org", "%{l} may not");
    String nasty = "ann\r\n250 OK\u202e\0";

    SpfResult result = spf.mailFrom(CLIENT, nasty, "example.org", "mail.example.org");

    assertThat(result.explanation()).hasValue("ann??250 OK?? may not");
    zone.with("TXT", "why.example.org", "x".repeat(5_000));
    assertThat(check().explanation()).isEmpty();
  }

  @Test
  void strangeTermsAreShownAsPrintableText() {
    zone.with("TXT", "example.org", "v=spf1 \u0080\u009b31m -all");

    assertThat(check().code()).isEqualTo(SpfCode.PERMERROR);
    assertThat(check().reason()).isEqualTo("'??31m' is no mechanism of SPF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "[192.0.2.1]", "a..example", ".", "..", "a.b\0c..d"})
  void namesThatCannotBeAskedForHaveNoPolicy(String domain) {
    assertThat(spf.mailFrom(CLIENT, "ann", domain, "x").code()).isEqualTo(SpfCode.NONE);
    assertThat(spf.helo(CLIENT, domain).code()).isEqualTo(SpfCode.NONE);
    assertThat(dns.questions).isZero();
  }

  @Test
  void aClientInIpv6sClothesIsOneOfIpv4() {
    zone.with("TXT", "example.org", "v=spf1 ip6:::ffff:192.0.2.7 ip6:::/0 -all");

    assertThat(check().code()).isEqualTo(SpfCode.FAIL);
  }

  @Test
  @Timeout(60)
  void whateverIsPublishedHasAResult() {
    String[] words = {
      "a",
      "mx",
      "ptr",
      "all",
      "ip4:",
      "ip6:",
      "exists:",
      "include:",
      "redirect=",
      "exp=",
      "-",
      "~",
      "?",
      "+",
      ":",
      "/",
      "//",
      "32",
      "129",
      "%{",
      "}",
      "%{s}",
      "%{ir}",
      "%{l2r-}",
      "%{p}",
      "%%",
      "%_",
      "%",
      " ",
      "  ",
      "example.org",
      "a.example.org",
      ".",
      "192.0.2.7",
      "::1",
      "=",
      "\0",
      "\u00e9",
      "x"
    };
    long seed = System.nanoTime();
    Random random = new Random(seed);
    zone.with("A", "a.example.org", "192.0.2.7").with("PTR", "192.0.2.7", "a.example.org");
    for (int round = 0; round < 20_000; round++) {
      StringBuilder record = new StringBuilder("v=spf1 ");
      for (int word = random.nextInt(12); word > 0; word--) {
        record.append(words[random.nextInt(words.length)]);
      }
      zone.with("TXT", "example.org", record.toString());
      zone.with("TXT", "a.example.org", record.reverse().toString());
      dns.questions = 0;
      assertThat(check()).as("seed %d", seed).isNotNull();
      assertThat(dns.questions).as("seed %d", seed).isLessThan(150);
    }
  }
}
