package org.posthorn.storage.search;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Where a word stands in an email, ascending: the index has the first place as a position, and the
/// distances of those behind it as the position's payload, 7 bits a byte. Part of the index's form.
/// Used by one thread, for one word and email after the other.
final class Places {
  /// What to ask the index for.
  static final int FLAGS = PostingsEnum.PAYLOADS;

  private @Nullable PostingsEnum docs;
  private int positions;
  private int place;
  private byte[] others = BytesRef.EMPTY_BYTES;
  private int at;
  private int end;

  static void put(BytesRef others, int distance) {
    if (others.length + 5 > others.bytes.length) {
      others.bytes = Arrays.copyOf(others.bytes, 2 * others.bytes.length);
    }
    int left = distance;
    while (left > 0x7F) {
      others.bytes[others.length++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    others.bytes[others.length++] = (byte) left;
  }

  /// Of the email to which `docs` has come.
  Places of(PostingsEnum docs) throws IOException {
    this.docs = docs;
    positions = docs.freq();
    at = 0;
    end = 0;
    return this;
  }

  /// The next place, or -1 when there is none.
  int next() throws IOException {
    if (at < end) {
      place += distance();
      return place;
    }
    PostingsEnum now = docs;
    if (now == null || positions == 0) {
      return -1;
    }
    positions--;
    place = now.nextPosition();
    BytesRef payload = now.getPayload();
    if (payload != null) {
      others = payload.bytes;
      at = payload.offset;
      end = at + payload.length;
    }
    return place;
  }

  private int distance() {
    int distance = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = others[at++];
      distance |= (b & 0x7F) << shift;
      if (b >= 0) {
        return distance;
      }
    }
  }
}
