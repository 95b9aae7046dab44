package org.posthorn.storage.story;

import java.util.Collection;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Says of a file which keys are certainly not in it (a Bloom filter): of a thousand others it is
/// wrong about one.
final class KeyFilter {
  private static final int BITS_PER_KEY = 16;
  private static final int PROBES = 7;
  private static final int WORDS_MAX = 1 << 20;

  private final long[] words;

  private KeyFilter(long[] words) {
    this.words = words;
  }

  /// `hashes` are of [#hash].
  static KeyFilter of(Collection<Long> hashes) {
    long wanted = (long) hashes.size() * BITS_PER_KEY / Long.SIZE + 1;
    var filter = new KeyFilter(new long[(int) Math.min(WORDS_MAX, wanted)]);
    hashes.forEach(filter::add);
    return filter;
  }

  static KeyFilter read(RowReader in) {
    int count = in.count();
    if (count < 1 || count > WORDS_MAX) {
      throw new StorageUnavailable("A filter of " + count + " words");
    }
    var words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = in.fixed();
    }
    return new KeyFilter(words);
  }

  void write(RowWriter out) {
    out.number(words.length);
    for (long word : words) {
      out.fixed(word);
    }
  }

  boolean mayHave(long hash) {
    for (int probe = 0; probe < PROBES; probe++) {
      long bit = bit(hash, probe);
      if ((words[(int) (bit >>> 6)] & 1L << bit) == 0) {
        return false;
      }
    }
    return true;
  }

  private void add(long hash) {
    for (int probe = 0; probe < PROBES; probe++) {
      long bit = bit(hash, probe);
      words[(int) (bit >>> 6)] |= 1L << bit;
    }
  }

  private long bit(long hash, int probe) {
    long mixed = hash + probe * (hash >>> 32 | 1);
    return Long.remainderUnsigned(mixed, (long) words.length * Long.SIZE);
  }

  static long hash(String key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
