package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxNameTextTest {
  /// RFC 3501 §5.1.3.
  @Test
  void writesTheExamplesOfTheRfc() {
    assertThat(MailboxNameText.encode("~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e"))
        .isEqualTo("~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    assertThat(MailboxNameText.encode("a&b")).isEqualTo("a&-b");
    assertThat(MailboxNameText.decode("&Jjo-!")).contains("\u263a!");
  }

  @ParameterizedTest
  @ValueSource(strings = {"&", "a&b", "&AGE-", "&Jjo", "&Jjo-&Jjo-", "&U/BTFw-", "&====-", "&AA-"})
  void readsNoSecondSpelling(String text) {
    assertThat(MailboxNameText.decode(text)).isEmpty();
  }

  @Test
  void takesUtf8AsItIs() {
    assertThat(MailboxNameText.decode("gr\u00fcn & blau")).contains("gr\u00fcn & blau");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void readsWhatItWrote(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      var name = new StringBuilder();
      for (int j = random.nextInt(12); j > 0; j--) {
        int kind = random.nextInt(4);
        int point =
            switch (kind) {
              case 0 -> 0x20 + random.nextInt(0x5f);
              case 1 -> "&-,/+".charAt(random.nextInt(5));
              case 2 -> 0xa0 + random.nextInt(0x2000);
              default -> 0x1f300 + random.nextInt(0x300);
            };
        name.appendCodePoint(point);
      }
      String text = MailboxNameText.encode(name.toString());
      assertThat(text).matches("[ -~]*");
      assertThat(MailboxNameText.decode(text)).as("seed " + seed).contains(name.toString());
    }
  }
}
