package org.posthorn.storage.search;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// Gathers, while the words of an account are gone through, which emails have words that are near
/// to those of a [FuzzyNeedle]. Used by one thread.
final class FuzzyHits {
  /// More emails with such words are looked through one by one. They take some 20 MB while they are
  /// gathered.
  private static final int EMAILS_MAX = 200_000;

  private final int words;
  private final int emailsMax;
  private final Map<Integer, float[]> nearest = new HashMap<>();
  private final BitSet unknown = new BitSet();

  FuzzyHits(int words) {
    this(words, EMAILS_MAX);
  }

  FuzzyHits(int words, int emailsMax) {
    this.words = words;
    this.emailsMax = emailsMax;
  }

  void add(long emailId, int word, float nearness) {
    float[] known = nearest.get((int) emailId);
    if (known == null) {
      if (nearest.size() >= emailsMax) {
        unknown.set((int) emailId);
        return;
      }
      known = new float[words];
      nearest.put((int) emailId, known);
    }
    known[word] = Math.max(known[word], nearness);
  }

  /// The index has not all of it.
  void addPartly(long emailId) {
    unknown.set((int) emailId);
  }

  /// At most `max` emails are kept; nothing is known of the others that are near.
  FuzzyFound found(long lastEmailId, int max) {
    int[] near =
        nearest.entrySet().stream()
            .filter(each -> FuzzyNeedle.together(each.getValue()) > 0)
            .mapToInt(Map.Entry::getKey)
            .sorted()
            .toArray();
    int count = Math.min(near.length, max);
    var emails = new int[count];
    var nearness = new float[count];
    for (int i = 0; i < near.length; i++) {
      if (i < count) {
        emails[i] = near[i];
        nearness[i] = FuzzyNeedle.together(nearest.getOrDefault(near[i], new float[words]));
      } else {
        unknown.set(near[i]);
      }
    }
    return new FuzzyFound(lastEmailId, emails, nearness, unknown);
  }
}
