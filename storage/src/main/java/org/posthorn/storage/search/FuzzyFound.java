package org.posthorn.storage.search;

import java.util.Arrays;
import java.util.BitSet;

/// What the index knows of how near emails of one account are to a [FuzzyNeedle]. Immutable once it
/// is given out.
public final class FuzzyFound {
  /// Nothing is known: the email is to be looked through.
  public static final float UNKNOWN = -1;

  static final FuzzyFound NOTHING = new FuzzyFound(0, new int[0], new float[0], new BitSet());

  private final long lastEmailId;

  /// Those that are near at all, ascending, and how near each is.
  private final int[] emails;

  private final float[] nearness;
  private final BitSet unknown;

  /// Keeps all of it.
  FuzzyFound(long lastEmailId, int[] emails, float[] nearness, BitSet unknown) {
    this.lastEmailId = lastEmailId;
    this.emails = emails;
    this.nearness = nearness;
    this.unknown = unknown;
  }

  /// How many emails it keeps in memory: 8 bytes for each.
  public int size() {
    return emails.length;
  }

  /// From 0 (not at all) to 1, or [#UNKNOWN].
  public float of(long emailId) {
    if (emailId > lastEmailId || unknown.get((int) emailId)) {
      return UNKNOWN;
    }
    int found = Arrays.binarySearch(emails, (int) emailId);
    return found < 0 ? 0 : nearness[found];
  }
}
