package org.posthorn.storage.search;

import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/// The words of a piece of one email, each once, with all places where it stands; in the order in
/// which they first come. Small enough for a processor's cache, which the index's own table of the
/// words of all emails is not: that is asked for each word once an email. Used by one thread.
final class WordTable {
  private static final int PLACES_MAX = 1 << 15;

  /// For each word, one more than its number; 0: free.
  private int[] slots = new int[1 << 11];

  private int[] slotOf = new int[1 << 10];
  private int[] hashes = new int[1 << 10];
  private int[] ends = new int[1 << 10];
  private int[] firstPlaces = new int[1 << 10];

  /// The further places of a word, linked; 0: none.
  private int[] firstMore = new int[1 << 10];

  private int[] lastMore = new int[1 << 10];
  private int[] more = new int[1 << 11];
  private int[] nextMore = new int[1 << 11];

  private byte[] bytes = new byte[1 << 14];
  private int words;
  private int moreCount = 1;

  /// The word that [#next] has come to.
  final BytesRef word = new BytesRef();

  int firstPlace;

  /// Where else it stands, as [Places] reads it.
  final BytesRef others = new BytesRef(64);

  private int given;

  void clear() {
    for (int i = 0; i < words; i++) {
      slots[slotOf[i]] = 0;
    }
    words = 0;
    moreCount = 1;
    given = 0;
  }

  boolean isFull() {
    return words + moreCount >= PLACES_MAX;
  }

  /// Places only grow.
  void add(BytesRef term, int place) {
    int hash = hash(term);
    int slot = slot(hash);
    while (slots[slot] != 0) {
      int known = slots[slot] - 1;
      if (hashes[known] == hash && isAt(known, term)) {
        addMore(known, place);
        return;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    addWord(term, hash, slot, place);
  }

  private static int hash(BytesRef term) {
    int hash = 0;
    byte[] bytes = term.bytes;
    for (int i = term.offset, end = i + term.length; i < end; i++) {
      hash = hash * 31 + bytes[i];
    }
    return hash;
  }

  private int slot(int hash) {
    return ((hash * 0x9E3779B9) >>> 7) & (slots.length - 1);
  }

  private boolean isAt(int known, BytesRef term) {
    int start = known == 0 ? 0 : ends[known - 1];
    return Arrays.equals(
        bytes, start, ends[known], term.bytes, term.offset, term.offset + term.length);
  }

  private void addMore(int known, int place) {
    if (moreCount == more.length) {
      more = Arrays.copyOf(more, 2 * moreCount);
      nextMore = Arrays.copyOf(nextMore, 2 * moreCount);
    }
    more[moreCount] = place;
    nextMore[moreCount] = 0;
    if (firstMore[known] == 0) {
      firstMore[known] = moreCount;
    } else {
      nextMore[lastMore[known]] = moreCount;
    }
    lastMore[known] = moreCount++;
  }

  private void addWord(BytesRef term, int hash, int slot, int place) {
    int free = slot;
    if (words == hashes.length) {
      grow();
      free = free(hash);
    }
    int start = words == 0 ? 0 : ends[words - 1];
    if (start + term.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    System.arraycopy(term.bytes, term.offset, bytes, start, term.length);
    ends[words] = start + term.length;
    hashes[words] = hash;
    firstPlaces[words] = place;
    firstMore[words] = 0;
    put(words, free);
    words++;
  }

  private void put(int number, int slot) {
    slots[slot] = number + 1;
    slotOf[number] = slot;
  }

  private int free(int hash) {
    int slot = slot(hash);
    while (slots[slot] != 0) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  /// There are always twice as many slots as words.
  private void grow() {
    int size = 2 * words;
    slotOf = Arrays.copyOf(slotOf, size);
    hashes = Arrays.copyOf(hashes, size);
    ends = Arrays.copyOf(ends, size);
    firstPlaces = Arrays.copyOf(firstPlaces, size);
    firstMore = Arrays.copyOf(firstMore, size);
    lastMore = Arrays.copyOf(lastMore, size);
    slots = new int[2 * size];
    for (int i = 0; i < words; i++) {
      put(i, free(hashes[i]));
    }
  }

  /// Goes to the next word; false when there is none.
  boolean next() {
    if (given == words) {
      return false;
    }
    word.bytes = bytes;
    word.offset = given == 0 ? 0 : ends[given - 1];
    word.length = ends[given] - word.offset;
    firstPlace = firstPlaces[given];
    others.length = 0;
    int last = firstPlace;
    for (int i = firstMore[given]; i != 0; i = nextMore[i]) {
      Places.put(others, more[i] - last);
      last = more[i];
    }
    given++;
    return true;
  }
}
