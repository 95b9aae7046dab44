package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 2047, with the examples of its §8.
final class EncodedWordTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "(=?ISO-8859-1?Q?a?=),(a)",
        "(=?ISO-8859-1?Q?a?= b),(a b)",
        "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=),(ab)",
        "(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=),(ab)",
        "(=?ISO-8859-1?Q?a_b?=),(a b)",
        "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=),(a b)",
        "=?utf-8?B?SsO8cmdlbg==?=,Jürgen",
        "=?utf-8*de?q?J=c3=bcrgen?= M,Jürgen M",
        "=?utf-8?B?SsM=?= =?utf-8?B?vHJnZW4=?=,Jürgen",
        "=?utf-8?Q?J=C3?= =?utf-8?Q?=BCrgen?=,Jürgen",
        "=?utf-8?B?SsO8cmdlbg?=,Jürgen",
        "=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=,こんにちは",
        "=?koi8-r?B?89DB08nCzw==?=,Спасибо",
        "=?ISO_8859-2:1987?q?=B1?=,ą",
        "=?CP850?q?=81?=,ü",
        "x=?utf-8?Q?a?=y,xay",
        "=?nonsense?Q?a?=,=?nonsense?Q?a?=",
        "=?utf-8?X?a?=,=?utf-8?X?a?=",
        "=?utf-8?Q?open,=?utf-8?Q?open",
        "=?utf-8?Q?a=0D=0AX:y?=,a  X:y",
        "=?=?=?=,=?=?=?=",
        "plain,plain",
      })
  void decodes(String encoded, String decoded) {
    assertThat(EncodedWord.decode(encoded)).isEqualTo(decoded);
  }

  @Test
  void encodesWhatItAndOthersDecode() {
    String[] letters = {"a", "ü", " ", "€", "😀", "=", "?", "_", "Б", "\""};
    for (long seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(120); i > 0; i--) {
        text.append(letters[random.nextInt(letters.length)]);
      }

      String encoded = EncodedWord.encode(text.toString());

      assertThat(encoded.split(" ")).allMatch(word -> word.length() <= 75);
      assertThat(encoded.chars()).allMatch(c -> c >= 32 && c < 127);
      assertThat(EncodedWord.decode(encoded)).as("seed %d", seed).isEqualTo(text.toString());
      assertThat(DecoderUtil.decodeEncodedWords(encoded, DecodeMonitor.SILENT))
          .isEqualTo(text.toString());
    }
  }

  @Test
  void takesLinearTimeForHostileText() {
    assertThat(EncodedWord.decode("=?utf-8?Q?x".repeat(100_000))).hasSize(1_100_000);
    assertThat(EncodedWord.decode("=?utf-8?Q?x?= ".repeat(100_000)).strip()).hasSize(100_000);
  }

  @Test
  void charsetsThatNobodyKnowsCostLittle() {
    var header = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      header.append("=?x").append(i).append("?Q?a?= ");
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(1),
        () -> assertThat(EncodedWord.decode(header.toString())).contains("=?x99999?Q?a?="));
  }
}
