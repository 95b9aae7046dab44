package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
      boolean expected = haystack.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
      var needle = new Needle(text);
      assertThat(needle.isIn(haystack)).as("seed " + seed + ": " + text).isEqualTo(expected);
      Charset charset = CHARSETS.get(random.nextInt(CHARSETS.size()));
      var bytes = new ByteArrayInputStream(haystack.getBytes(charset));
      assertThat(needle.isIn(bytes, charset)).as("seed " + seed + ": " + text).isEqualTo(expected);
    }
  }

  @Test
  void findsNothingEverywhere() throws IOException {
    var nothing = new Needle("");
    assertThat(nothing.isIn("")).isTrue();
    assertThat(nothing.isIn(new ByteArrayInputStream(new byte[0]), StandardCharsets.UTF_8))
        .isTrue();
  }

  private static String some(Random random, int maxLength) {
    var text = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      text.append("abAB\u00e4\u00c4 ".charAt(random.nextInt(7)));
    }
    return text.toString();
  }
}
