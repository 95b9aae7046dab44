package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Excerpts of one kind (see [Account#excerpts]) of up to 64 emails whose ids follow on one
/// another, behind one another in one array. Immutable.
public final class ExcerptPage {
  /// So many emails have a page together: each has a bit of a `long`.
  public static final int EMAILS = 64;

  /// What the objects weigh, about, with their place in the cache.
  private static final int OVERHEAD_BYTES = 250;

  private final long number;

  /// A bit for each email whose excerpt is here.
  private final long known;

  /// Where the excerpts end, one for each bit.
  private final int[] ends;

  private final byte[] bytes;

  private ExcerptPage(long number, long known, int[] ends, byte[] bytes) {
    this.number = number;
    this.known = known;
    this.ends = ends;
    this.bytes = bytes;
  }

  static ExcerptPage empty(long number) {
    return new ExcerptPage(number, 0, new int[0], new byte[0]);
  }

  /// The page on which an email is.
  public static long numberOf(long emailId) {
    return emailId / EMAILS;
  }

  public long number() {
    return number;
  }

  public boolean has(long emailId) {
    return (known & bit(emailId)) != 0;
  }

  /// Where the excerpt of an email begins that is here, in [#bytes].
  public int start(long emailId) {
    int place = place(emailId);
    return place == 0 ? 0 : ends[place - 1];
  }

  /// Where it ends.
  public int end(long emailId) {
    return ends[place(emailId)];
  }

  /// Not to be changed.
  public byte[] bytes() {
    return bytes;
  }

  public int memoryBytes() {
    return OVERHEAD_BYTES + 4 * ends.length + bytes.length;
  }

  /// This, with the excerpts of more emails of the same page.
  public ExcerptPage with(Map<Long, byte[]> more) {
    var all = new TreeMap<Long, byte[]>(more);
    for (long id = number * EMAILS; id < (number + 1) * EMAILS; id++) {
      if (has(id) && !more.containsKey(id)) {
        all.put(id, Arrays.copyOfRange(bytes, start(id), end(id)));
      }
    }
    var newBytes = new byte[all.values().stream().mapToInt(each -> each.length).sum()];
    var newEnds = new int[all.size()];
    long newKnown = 0;
    int place = 0;
    int at = 0;
    for (var each : all.entrySet()) {
      byte[] excerpt = each.getValue();
      System.arraycopy(excerpt, 0, newBytes, at, excerpt.length);
      at += excerpt.length;
      newEnds[place++] = at;
      newKnown |= bit(each.getKey());
    }
    return new ExcerptPage(number, newKnown, newEnds, newBytes);
  }

  private int place(long emailId) {
    return Long.bitCount(known & (bit(emailId) - 1));
  }

  private static long bit(long emailId) {
    return 1L << (emailId % EMAILS);
  }
}
