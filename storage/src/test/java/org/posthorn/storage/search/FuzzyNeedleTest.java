package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

class FuzzyNeedleTest {
  private static float nearness(String needle, String word) {
    char[] folded = word.toUpperCase(Locale.ROOT).toCharArray();
    return new FuzzyNeedle(needle).nearness(0, folded, folded.length);
  }

  @Test
  void knowsWordsThatAreSpelledALittleOtherwise() {
    assertThat(nearness("helo", "helo")).isEqualTo(1);
    assertThat(nearness("hel", "hello")).isEqualTo(0.85f);
    assertThat(nearness("helo", "hello")).isEqualTo(0.7f);
    assertThat(nearness("helo", "help")).isEqualTo(0.7f);
    assertThat(nearness("helo", "hleo")).isEqualTo(0.7f);
    assertThat(nearness("thursday", "thrusdya")).isEqualTo(0.5f);
  }

  @Test
  void doesNotTakeShortWordsForOthers() {
    assertThat(nearness("he", "hello")).isZero();
    assertThat(nearness("cat", "car")).isZero();
    assertThat(nearness("helo", "hull")).isZero();
    assertThat(nearness("thursday", "wednesday")).isZero();
    assertThat(nearness("long", "a")).isZero();
  }

  @Test
  void wantsAllWords() {
    assertThat(FuzzyNeedle.together(new float[] {1, 0})).isZero();
    assertThat(FuzzyNeedle.together(new float[] {1, 0.5f})).isEqualTo(0.75f);
    assertThat(new FuzzyNeedle("?!").isEmpty()).isTrue();
    assertThat(new FuzzyNeedle("x".repeat(10_000) + " y".repeat(100)).count()).isEqualTo(10);
  }

  @Test
  void readsTheWordsOfTheIndex() {
    char[] word = new char[WordCutter.PIECE];
    for (String text : new String[] {"A", "GRÜSSE", "ПРИВЕТ", "漢", "x".repeat(64)}) {
      BytesRef term = Terms.prefix(7, Area.BODY.code());
      BytesRef bytes = Terms.word(text, false);
      System.arraycopy(bytes.bytes, bytes.offset, term.bytes, term.length, bytes.length);
      term.length += bytes.length;

      int length = Terms.decode(term, word);

      assertThat(new String(word, 0, length)).isEqualTo(text);
    }
    BytesRef cut = Terms.prefix(7, Area.BODY.code());
    BytesRef bytes = Terms.word("PIECE", true);
    System.arraycopy(bytes.bytes, bytes.offset, cut.bytes, cut.length, bytes.length);
    cut.length += bytes.length;
    assertThat(Terms.decode(cut, word)).isNegative();
  }
}
