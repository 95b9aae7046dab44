package org.posthorn.senderauth.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.HeaderText;

class AuthenticationResultsTest {
  private static final String ME = "mx.example.net";

  @Test
  void allIsSaidInOneField() {
    var results =
        new AuthenticationResults(
            ME,
            List.of(
                MethodResult.of("iprev", "pass", "").with("policy", "iprev", "2001:db8::1"),
                MethodResult.of("spf", "pass", "").with("smtp", "mailfrom", "ann@example.org"),
                MethodResult.of("dkim", "fail", "the body is not what was signed")
                    .with("header", "d", "example.org")));

    assertThat(results.value())
        .isEqualTo(
            "mx.example.net; iprev=pass policy.iprev=\"2001:db8::1\""
                + "; spf=pass smtp.mailfrom=ann@example.org"
                + "; dkim=fail reason=\"the body is not what was signed\" header.d=example.org");
    assertThat(AuthenticationResults.parse(results.value())).contains(results);
  }

  @Test
  void nothingFoundIsSaidToo() {
    var none = new AuthenticationResults(ME, List.of());

    assertThat(none.value()).isEqualTo("mx.example.net; none");
    assertThat(AuthenticationResults.parse(none.value())).contains(none);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\"; dkim=pass header.d=bank.example", "x\\", "\r\nSubject: x", "\0", "é", ""})
  void strangersCannotWriteResults(String value) {
    MethodResult written =
        MethodResult.of("spf", "fail", value)
            .with("smtp", "mailfrom", value)
            .with("smtp", "helo", "h");

    String field = new AuthenticationResults(ME, List.of(written)).value();

    assertThat(field).matches("[ -~]*");
    var read = AuthenticationResults.parse(field).orElseThrow();
    assertThat(read.results()).hasSize(1);
    assertThat(read.results().getFirst().property("smtp", "helo")).contains("h");
  }

  /// Written with a backslash before each they would be words that no line of a header can hold,
  /// and go out as encoded words (RFC 2047), which no reader of results knows.
  @ParameterizedTest
  @ValueSource(strings = {"\"", "\\", "=?x?", "l", "(", " "})
  void strangersCannotMakeItUnreadable(String one) {
    String domain = "x".repeat(60) + "." + "y".repeat(60) + "." + "z".repeat(60) + ".example";
    String value = one.repeat(255) + "@" + domain;
    var results =
        new AuthenticationResults(
            ME,
            List.of(
                MethodResult.of("spf", "pass", value)
                    .with("smtp", "mailfrom", "\"" + one.repeat(60) + "\"@" + domain),
                MethodResult.of("dkim", "pass", "").with("header", "i", value),
                MethodResult.of("dmarc", "fail", "").with("header", "from", "bank.example")));

    String line = HeaderText.line(AuthenticationResults.NAME, results.value());

    assertThat(line.lines()).allSatisfy(each -> assertThat(each).hasSizeLessThan(320));
    String read = line.substring(line.indexOf(':') + 1).replace("\r\n", "");
    assertThat(AuthenticationResults.parse(read).orElseThrow().results())
        .hasSize(3)
        .last()
        .isEqualTo(results.results().getLast());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mx.example.net; dkim=pass",
        "MX.Example.NET; dkim=pass",
        "mx.example.net. ; dkim=pass",
        " (a (nested \\) one)) \r\n\tmx.example.net 1; dkim=pass",
        "\"mx.example.net\"; dkim=pass",
        "mx.example.net(comment);dkim=pass",
        "mx.example.net",
        "mx.example.net; this is no result at all",
        "",
        "; dkim=pass",
        "(never closed mx.example.net",
        "\"mx.example.net"
      })
  void forgedOnesAreSeen(String value) {
    assertThat(AuthenticationResults.claims(value, ME)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mx.example.org; dkim=pass",
        "other.mx.example.net; dkim=pass",
        "(mx.example.net) mx.example.org; dkim=pass header.d=mx.example.net",
        "mx.example.net.evil.example; spf=pass"
      })
  void thoseOfOthersStay(String value) {
    assertThat(AuthenticationResults.claims(value, ME)).isFalse();
  }

  @Test
  void whatOthersWriteIsRead() {
    var read =
        AuthenticationResults.parse(
                "example.com 1 (us); auth = pass (cram-md5) smtp.auth=sender@example.com ;"
                    + " spf/1=pass smtp.mailfrom=@example.net; dkim=none;"
                    + " dmarc=fail (p=REJECT) reason=\"b\\\"c\" header.from=example.com")
            .orElseThrow();

    assertThat(read.authservId()).isEqualTo("example.com");
    assertThat(read.results())
        .extracting(MethodResult::method)
        .containsExactly("auth", "spf", "dkim", "dmarc");
    assertThat(read.results().get(1).property("smtp", "mailfrom")).contains("@example.net");
    assertThat(read.results().getLast().reason()).isEqualTo("b\"c");
  }

  @Test
  void aWordThatIsNoPropertyIsPassedOver() {
    var read =
        AuthenticationResults.parse(
                "mx.microsoft.com 1; spf=pass (sender ip is 192.0.2.1) smtp.rcpttodomain=b.example"
                    + " smtp.mailfrom=a.example; dmarc=pass (p=reject sp=reject pct=100)"
                    + " action=none header.from=a.example; dkim=pass header.d=a.example; arc=none")
            .orElseThrow();

    assertThat(read.results())
        .extracting(MethodResult::method)
        .containsExactly("spf", "dmarc", "dkim", "arc");
    MethodResult dmarc = read.results().get(1);
    assertThat(dmarc.properties()).hasSize(1);
    assertThat(dmarc.property("header", "from")).contains("a.example");
  }

  /// Found by [#whateverComesIsReadOrNot].
  @ParameterizedTest
  @ValueSource(strings = {"\"@reason\"", "\"a@b\"; dkim=pass", "\"\"; spf=none smtp.helo=\"@\""})
  void whatWasReadIsWrittenSoThatItCanBeReadAgain(String value) {
    var read = AuthenticationResults.parse(value).orElseThrow();
    assertThat(AuthenticationResults.parse(read.value())).contains(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a; =pass",
        "a; dkim",
        "a; dkim=",
        "a; dkim=pass header.=x",
        "a 2; dkim=pass",
        "a; dkim=pass x"
      })
  void whatIsNoneIsNotRead(String value) {
    assertThat(AuthenticationResults.parse(value)).isEmpty();
  }

  @Test
  @Timeout(30)
  void whateverComesIsReadOrNot() {
    String[] words = {
      "a",
      ";",
      "=",
      "dkim",
      "pass",
      "(",
      ")",
      "\"",
      "\\",
      " ",
      "header.d",
      ".",
      "/1",
      "@",
      "none",
      "reason",
      "\r\n\t",
      "\0",
      "é"
    };
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50_000; round++) {
      StringBuilder value = new StringBuilder();
      for (int word = random.nextInt(30); word > 0; word--) {
        value.append(words[random.nextInt(words.length)]);
      }
      var read = AuthenticationResults.parse(value.toString());
      AuthenticationResults.claims(value.toString(), ME);
      read.ifPresent(results ->
          assertThat(AuthenticationResults.parse(results.value()))
              .as("seed %d: %s", seed, value)
              .isPresent());
    }
    assertThat(
            AuthenticationResults.parse("a; dkim=pass " + "(".repeat(20_000) + ")".repeat(20_000)))
        .isEmpty();
    assertThat(AuthenticationResults.parse("a" + "; dkim=pass".repeat(2_000))).isEmpty();
  }
}
