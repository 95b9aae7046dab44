package org.posthorn.storage.search;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// What the index knows of how near emails of one account are to a [FuzzyNeedle]. Immutable once it
/// is given out.
public final class FuzzyFound {
  /// Nothing is known: the email is to be looked through.
  public static final float UNKNOWN = -1;

  static final FuzzyFound NOTHING = new FuzzyFound(0, 0);

  /// More emails with such words are looked through one by one.
  private static final int EMAILS_MAX = 200_000;

  private final long lastEmailId;
  private final int words;
  private final Map<Integer, float[]> nearest = new HashMap<>();
  private final BitSet partly = new BitSet();
  private boolean tooMany;

  FuzzyFound(long lastEmailId, int words) {
    this.lastEmailId = lastEmailId;
    this.words = words;
  }

  /// Called before it is given out, as is [#addPartly].
  void add(long emailId, int word, float nearness) {
    float[] known = nearest.get((int) emailId);
    if (known == null) {
      tooMany |= nearest.size() >= EMAILS_MAX;
      if (tooMany) {
        return;
      }
      known = new float[words];
      nearest.put((int) emailId, known);
    }
    known[word] = Math.max(known[word], nearness);
  }

  /// The index has not all of it.
  void addPartly(long emailId) {
    partly.set((int) emailId);
  }

  /// From 0 (not at all) to 1, or [#UNKNOWN].
  public float of(long emailId) {
    if (emailId > lastEmailId || partly.get((int) emailId)) {
      return UNKNOWN;
    }
    float[] known = nearest.get((int) emailId);
    if (known == null) {
      return tooMany ? UNKNOWN : 0;
    }
    return FuzzyNeedle.together(known);
  }
}
