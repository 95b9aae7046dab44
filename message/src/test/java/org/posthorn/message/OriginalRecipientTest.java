package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginalRecipientTest {
  @ParameterizedTest
  @CsvSource({
    "rfc822;ann@example.org, rfc822;ann@example.org",
    "rfc822;Ann+20A+2Bb+3Dc@example.org, rfc822;Ann+20A+2Bb+3Dc@example.org",
    "utf-8;\u00e4nn@example.org, utf-8;\\x{E4}nn@example.org",
    "x_400;a, x_400;a"
  })
  void whatIsReadIsWrittenInAscii(String value, String written) {
    assertThat(OriginalRecipient.parse(value).flatMap(OriginalRecipient::encode)).contains(written);
  }

  /// RFC 3461 §4.2 has an atom there, and a strict server refuses the recipient for another.
  @ParameterizedTest
  @ValueSource(strings = {"x.400;a", ";a", "a", "a b;c", "a\r\nb;c", "a\0b;c"})
  void whatHasNoTypeIsNotWritten(String decoded) {
    assertThat(OriginalRecipient.encode(decoded)).isEmpty();
  }

  /// Whatever a plugin has put there.
  @ParameterizedTest
  @ValueSource(strings = {"rfc822;a\r\nb", "rfc822;a\0b", "utf-8;a\r\nb", "utf-8;a\0b \u0085"})
  void nothingEndsTheLine(String decoded) {
    assertThat(OriginalRecipient.encode(decoded).orElseThrow()).matches("[!-~]+");
  }
}
