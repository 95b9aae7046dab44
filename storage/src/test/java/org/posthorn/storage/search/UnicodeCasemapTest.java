package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnicodeCasemapTest {
  @ParameterizedTest
  @CsvSource({
    "hello World 1, HELLO WORLD 1",
    "Köln, KO\u0308LN",
    "straße, STRAßE",
    "ẞ, ẞ",
    "οδος, ΟΔΟΣ",
    "ılık, ILIK",
    "İ, I\u0307",
    "ﬁ, fi",
    "Ａｂ, AB",
    "㎏, kg",
    "한, \u1112\u1161\u11AB",
    "ガ, カ\u3099",
    "Привет, ПРИВЕТ",
    "𐐨, 𐐀",
    "𝒳, X",
  })
  void takesCharactersToTitlecaseAndApart(String text, String prepared) {
    assertThat(UnicodeCasemap.of(text)).isEqualTo(prepared);
  }

  /// The example of RFC 5051 §2.
  @Test
  void takesTheRfcsExampleApart() {
    assertThat(UnicodeCasemap.of("\u01C4")).isEqualTo("Dz\u030C");
    assertThat(UnicodeCasemap.of("\u01C5")).isEqualTo("Dz\u030C");
    assertThat(UnicodeCasemap.of("\u01C6")).isEqualTo("Dz\u030C");
  }

  @Test
  void keepsTheOrderOfMarks() {
    assertThat(UnicodeCasemap.of("o\u0302\u0323")).isEqualTo("O\u0302\u0323");
    assertThat(UnicodeCasemap.of("\u1ED9")).isEqualTo("O\u0323\u0302");
  }

  @Test
  void ordersAsTheBytesOfUtf8Do() {
    var random = new Random(1);
    var texts = new ArrayList<String>();
    for (int i = 0; i < 2_000; i++) {
      int[] codePoints =
          random
              .ints(random.nextInt(4), 0, 8)
              .map(n -> new int[] {'a', 'Z', ' ', 0xE9, 0x4E00, 0xFFFD, 0x1F600, 0x10400}[n])
              .toArray();
      texts.add(UnicodeCasemap.of(new String(codePoints, 0, codePoints.length)));
    }
    for (int i = 1; i < texts.size(); i++) {
      String one = texts.get(i - 1);
      String other = texts.get(i);
      int byBytes =
          Arrays.compareUnsigned(
              one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
      assertThat(Integer.signum(UnicodeCasemap.ORDER.compare(one, other)))
          .as("%s and %s", one, other)
          .isEqualTo(Integer.signum(byBytes));
    }
  }

  /// A text that has another by RFC 5051 is found by it: what the collation makes of a character is
  /// folded to the same as the character itself.
  @Test
  void isFinerThanWhatASearchTakesForTheSame() throws IOException {
    int longest = 0;
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      String text = Character.toString(c);
      String folded = FoldedText.of(text);
      if (!folded.equals(FoldedText.of(UnicodeCasemap.of(text)))
          || !folded.equals(FoldedText.of(folded))) {
        assertThat(folded).as("U+%04X", c).isEqualTo(FoldedText.of(UnicodeCasemap.of(text)));
        assertThat(folded).as("U+%04X", c).isEqualTo(FoldedText.of(folded));
      }
      longest = Math.max(longest, folded.length());
    }
    assertThat(longest).isLessThanOrEqualTo(FoldedText.LONGEST);
  }
}
