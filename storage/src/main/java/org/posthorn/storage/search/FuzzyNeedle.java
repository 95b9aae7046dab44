package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// A few words that are looked for in any order, each also as the beginning of a longer word or
/// with a letter or two wrong (RFC 6203 §4: "Helo" finds hello and help). Immutable.
public final class FuzzyNeedle {
  private static final int WORDS_MAX = 10;

  private static final float SAME = 1;
  private static final float BEGINNING = 0.85f;
  private static final float ONE_WRONG = 0.7f;
  private static final float TWO_WRONG = 0.5f;

  private static final int BEGINNING_FROM = 3;

  /// Shorter words must be there as they are; from the second length on two letters may be wrong.
  private static final int ONE_WRONG_FROM = 4;

  private static final int TWO_WRONG_FROM = 8;

  private final List<String> words = new ArrayList<>();

  public FuzzyNeedle(String text) {
    var cutter = new WordCutter().of(Reader.of(text));
    try {
      while (words.size() < WORDS_MAX && cutter.next()) {
        if (!cutter.cutBefore) {
          words.add(new String(cutter.word, 0, cutter.length));
        }
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// Without a word nothing can be found.
  public boolean isEmpty() {
    return words.isEmpty();
  }

  int count() {
    return words.size();
  }

  /// How near a word is to one of ours, from 0 (not at all) to 1 (the same).
  float nearness(int which, char[] other, int length) {
    String word = words.get(which);
    int longer = length - word.length();
    if (longer >= 0 && begins(word, other)) {
      return longer == 0 ? SAME : word.length() >= BEGINNING_FROM ? BEGINNING : 0;
    }
    int mayBeWrong = word.length() >= TWO_WRONG_FROM ? 2 : word.length() >= ONE_WRONG_FROM ? 1 : 0;
    if (Math.abs(longer) > mayBeWrong || mayBeWrong == 0) {
      return 0;
    }
    int wrong = wrong(word, other, length, mayBeWrong);
    return wrong > mayBeWrong ? 0 : wrong == 1 ? ONE_WRONG : TWO_WRONG;
  }

  private static boolean begins(String word, char[] other) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != other[i]) {
        return false;
      }
    }
    return true;
  }

  /// Letters to be put in, left out or changed, or two neighbours to be swapped; more than `max`
  /// when it is more.
  private static int wrong(String word, char[] other, int length, int max) {
    int[] beforeLast = new int[length + 1];
    int[] last = new int[length + 1];
    int[] now = new int[length + 1];
    for (int j = 0; j <= length; j++) {
      last[j] = j;
    }
    for (int i = 1; i <= word.length(); i++) {
      now[0] = i;
      int least = i;
      for (int j = 1; j <= length; j++) {
        boolean same = word.charAt(i - 1) == other[j - 1];
        now[j] = Math.min(last[j - 1] + (same ? 0 : 1), Math.min(last[j], now[j - 1]) + 1);
        if (isSwapped(word, i, other, j)) {
          now[j] = Math.min(now[j], beforeLast[j - 2] + 1);
        }
        least = Math.min(least, now[j]);
      }
      if (least > max) {
        return max + 1;
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = now;
      now = free;
    }
    return last[length];
  }

  private static boolean isSwapped(String word, int i, char[] other, int j) {
    return i > 1
        && j > 1
        && word.charAt(i - 1) == other[j - 2]
        && word.charAt(i - 2) == other[j - 1];
  }

  /// How near a text is whose nearest words are so near: 0 when one of ours is not there.
  static float together(float[] nearest) {
    float sum = 0;
    for (float each : nearest) {
      if (each == 0) {
        return 0;
      }
      sum += each;
    }
    return sum / nearest.length;
  }
}
