package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NeedleTest {
  private static final List<Charset> CHARSETS =
      List.of(
          StandardCharsets.UTF_8,
          StandardCharsets.ISO_8859_1,
          StandardCharsets.UTF_16,
          Charset.forName("windows-1252"));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void findsWhatASearchWithoutCaseWouldFind(long seed) throws IOException {
    var random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      String haystack = some(random, random.nextInt(5) == 0 ? 30_000 : 30);
      int start = random.nextInt(haystack.length() + 1);
      int end = Math.min(haystack.length(), start + 1 + random.nextInt(6));
      String cut = haystack.substring(Math.min(start, end), end);
      String text = random.nextBoolean() ? cut.toUpperCase(Locale.ROOT) : some(random, 6);
      boolean expected = plain(haystack).contains(plain(text));
      var needle = new Needle(text);
      assertThat(needle.isIn(haystack)).as("seed " + seed + ": " + text).isEqualTo(expected);
      Charset charset = CHARSETS.get(random.nextInt(CHARSETS.size()));
      var bytes = new ByteArrayInputStream(haystack.getBytes(charset));
      assertThat(needle.isIn(new InputStreamReader(bytes, charset), new FoldedText()))
          .as("seed " + seed + ": " + text)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "STRASSE, strasse",
    "Köln, KÖLN",
    "Ko\u0308ln, köln",
    "\u304b\u3099, \u304c",
    "ΟΔΟΣ, οδος",
    "İstanbul, istanbul",
    "IĞDIR, ığdır",
    "STRAẞE, straße",
    "VIỆT, việt",
    "ﬁnance, FINANCE",
    "Ｆｕｌｌ, full",
    "\uff76\uff9e, ガ",
    "한국, \u1112\u1161\u11ab\u1100\u116e\u11a8",
    "กำ, ก\u0e4d\u0e32",
    "Ǆ, ǆ",
    "𐐀, 𐐨",
    "𝐁old, bold",
    "SoftHy\u00adphen, softhyphen",
    "'two  words', 'two\tWORDS'",
    "'non\u00a0breaking', 'non breaking'",
  })
  void comparesWhatLooksTheSame(String one, String other) {
    assertThat(new Needle(other).isIn("before " + one + " behind")).isTrue();
    assertThat(new Needle(one).isIn("before " + other + " behind")).isTrue();
  }

  @Test
  void keepsApartWhatIsNotTheSame() {
    assertThat(new Needle("strasse").isIn("straße")).isFalse();
    assertThat(new Needle("cafés").isIn("cafes")).isFalse();
    assertThat(new Needle("か").isIn("カ")).isFalse();
    assertThat(new Needle("и").isIn("n")).isFalse();
  }

  /// Whatever the pieces are in which it is read.
  @Test
  void readsCharactersWhoseHalvesComeApart() throws IOException {
    for (int before = 4090; before < 4100; before++) {
      String text = "x".repeat(before) + "𐐨😀\ud83d!" + "\ufdfa".repeat(1_000) + "𝐁";
      assertThat(new Needle("x𐐀😀\ud83d! ").isIn(text)).isFalse();
      assertThat(new Needle("x𐐀😀\ud83d!\ufdfa").isIn(text)).isTrue();
      assertThat(new Needle("\ufdfab").isIn(text)).isTrue();
      assertThat(FoldedText.of(text)).endsWith("B").hasSize(before + 6 + 1_000 * 18 + 1);
    }
    assertThat(FoldedText.of("a\ud83d")).isEqualTo("A\ud83d");
  }

  private static String plain(String text) {
    return Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFKD)
        .replaceAll(" +", " ");
  }

  @Test
  void findsNothingEverywhere() throws IOException {
    var nothing = new Needle("");
    assertThat(nothing.isIn("")).isTrue();
    assertThat(nothing.isIn(Reader.nullReader(), new FoldedText())).isTrue();
  }

  private static String some(Random random, int maxLength) {
    var text = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      text.append("abAB\u00e4\u00c4 ".charAt(random.nextInt(7)));
    }
    return text.toString();
  }
}
