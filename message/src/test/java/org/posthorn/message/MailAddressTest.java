package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 5321 §4.1.2, §4.1.3; RFC 6531 §3.3.
final class MailAddressTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "ann@example.org, ann, ann@example.org",
        "Ann.O'Neil+x@EXAMPLE.org., Ann.O'Neil+x, Ann.O'Neil+x@example.org",
        "\"ann\"@example.org, ann, ann@example.org",
        "\"ann jones\"@example.org, ann jones, \"ann jones\"@example.org",
        "\"a\\\"b\\\\c\"@example.org, a\"b\\c, \"a\\\"b\\\\c\"@example.org",
        "\"a@b\"@example.org, a@b, \"a@b\"@example.org",
        "\"a..b\"@example.org, a..b, \"a..b\"@example.org",
        "\"\"@example.org, ||, \"\"@example.org",
        "bücher@example.org, bücher, bücher@example.org",
        "ann@Bücher.example, ann, ann@xn--bcher-kva.example",
        "ann@[192.0.2.1], ann, ann@[192.0.2.1]",
        "ann@[IPv6:2001:DB8::1], ann, ann@[ipv6:2001:db8:0:0:0:0:0:1]",
        "ann@localhost, ann, ann@localhost",
      })
  void readsAndWritesAddresses(String text, String localPart, String written) {
    MailAddress address = MailAddress.parse(text).orElseThrow();

    assertThat(address.localPart()).isEqualTo(localPart);
    assertThat(address).hasToString(written);
    assertThat(MailAddress.parse(written)).contains(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@example..org",
        "ann@-example.org",
        "ann@exa mple.org",
        "ann@192.0.2.1",
        "ann@example.123",
        "ann@[192.0.2]",
        "ann@[192.0.2.256]",
        "ann@[2001:db8::1]",
        "ann@[IPv6:2001:db8::1%eth0]",
        "ann@[IPv6:1.2.3.4]",
        "ann@[localhost]",
        "ann@[192.0.2.1]x",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "a b@example.org",
        " ann@example.org",
        "ann@example.org ",
        "<ann@example.org>",
        "ann(comment)@example.org",
        "\"ann@example.org",
        "\"ann\"x@example.org",
        "\"ann\\\"@example.org",
        "an\"n@example.org",
        "a,b@example.org",
        "ann\r\n@example.org",
        "ann\u0000@example.org",
        "\"a\nb\"@example.org",
        "ann@example.org\r\nRCPT TO:<b@example.org>",
        "a\uD800@example.org",
      })
  void refusesWhatIsNone(String text) {
    assertThat(MailAddress.parse(text)).isEmpty();
  }

  @Test
  void keepsTheLimits() {
    String label = "d".repeat(63);
    assertThat(MailAddress.parse("a".repeat(242) + "@example.org")).isPresent();
    assertThat(MailAddress.parse("a".repeat(243) + "@example.org")).isEmpty();
    assertThat(MailAddress.parse("ü".repeat(122) + "@example.org")).isEmpty();
    assertThat(MailAddress.parse("a@" + label + "." + label + "." + label)).isPresent();
    assertThat(MailAddress.parse("a@" + label + "d.org")).isEmpty();
    assertThat(MailAddress.parse("a@" + ("d".repeat(61) + ".").repeat(4) + "org")).isPresent();
    assertThat(MailAddress.parse("abc@" + ("d".repeat(61) + ".").repeat(4) + "org")).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MailAddress("a\r\nb", Domain.of("example.org")));
  }

  @Test
  void knowsWhatNeedsSmtpUtf8() {
    assertThat(MailAddress.of("ann@bücher.example").isAscii()).isTrue();
    assertThat(MailAddress.of("bücher@example.org").isAscii()).isFalse();
  }

  @Test
  void readsWhatItWrote() {
    String alphabet = "ab.@\"\\ ,<>(ü";
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder local = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        local.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      MailAddress address = new MailAddress(local.toString(), Domain.of("example.org"));

      assertThat(MailAddress.parse(address.toString())).as("seed %d", seed).contains(address);
    }
  }
}
