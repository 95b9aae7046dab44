package org.posthorn.storage.account;

import java.util.Arrays;

/// UIDs in ascending order, each once. Immutable.
public final class UidSet {
  private final long[] uids;

  private UidSet(long[] uids) {
    this.uids = uids;
  }

  public static UidSet of(long... uids) {
    return new UidSet(Arrays.stream(uids).sorted().distinct().toArray());
  }

  public int size() {
    return uids.length;
  }

  public boolean isEmpty() {
    return uids.length == 0;
  }

  public long at(int index) {
    return uids[index];
  }

  public boolean contains(long uid) {
    return Arrays.binarySearch(uids, uid) >= 0;
  }

  public long[] toArray() {
    return uids.clone();
  }

  /// As IMAP writes it: `1:3,7`. Empty for none.
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < uids.length; ) {
      int last = i;
      while (last + 1 < uids.length && uids[last + 1] == uids[last] + 1) {
        last++;
      }
      text.append(text.isEmpty() ? "" : ",").append(uids[i]);
      if (last > i) {
        text.append(':').append(uids[last]);
      }
      i = last + 1;
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UidSet set && Arrays.equals(uids, set.uids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(uids);
  }
}
