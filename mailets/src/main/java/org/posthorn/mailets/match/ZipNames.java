package org.posthorn.mailets.match;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Predicate;
import org.posthorn.message.HeaderText;

/// Looks for a name in ZIP archives while their bytes go by: in the header of each file and in the
/// list at the end (APPNOTE 4.3.7, 4.3.12), wherever something looks like one. Nothing is unpacked,
/// so no archive is a bomb; the time grows with the bytes only. Of all archives together at most
/// [#NAMES_MAX] names are looked at, of each the last [#NAME_MAX] bytes. Used by one thread.
final class ZipNames {
  static final int NAMES_MAX = 10_000;
  static final int NAME_MAX = 1_000;

  /// Signature, where the length of the name stands, and where the name begins.
  private enum Header {
    OF_FILE(3, 4, 26, 30),
    IN_LIST(1, 2, 28, 46);

    private final int third;
    private final int fourth;
    private final int lengthAt;
    private final int nameAt;

    Header(int third, int fourth, int lengthAt, int nameAt) {
      this.third = third;
      this.fourth = fourth;
      this.lengthAt = lengthAt;
      this.nameAt = nameAt;
    }
  }

  /// A header with the longest name fits in.
  private static final int AHEAD = 46 + 0xFFFF;

  private final Predicate<String> test;
  private int names;

  ZipNames(Predicate<String> test) {
    this.test = test;
  }

  /// Whether such a name is in the archive; of what is none, only the beginning is read.
  boolean isIn(InputStream file) throws IOException {
    byte[] first = file.readNBytes(4);
    if (first.length < 4 || first[0] != 'P' || first[1] != 'K' || names >= NAMES_MAX) {
      return false;
    }
    byte[] window = new byte[4 * AHEAD];
    System.arraycopy(first, 0, window, 0, 4);
    int filled = 4;
    while (true) {
      int read = file.readNBytes(window, filled, window.length - filled);
      filled += read;
      boolean last = filled < window.length;
      int end = last ? filled : filled - AHEAD;
      if (isNamedIn(window, end, filled)) {
        return true;
      }
      if (last || names >= NAMES_MAX) {
        return false;
      }
      System.arraycopy(window, end, window, 0, AHEAD);
      filled = AHEAD;
    }
  }

  /// Whether a header that begins before `end` has such a name.
  private boolean isNamedIn(byte[] bytes, int end, int filled) {
    for (int at = 0; at < end && names < NAMES_MAX; at++) {
      if (bytes[at] == 'P') {
        for (Header header : Header.values()) {
          if (isAt(header, bytes, at, filled) && isNamed(header, bytes, at, filled)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isAt(Header header, byte[] bytes, int at, int filled) {
    return at + header.nameAt < filled
        && bytes[at + 1] == 'K'
        && bytes[at + 2] == header.third
        && bytes[at + 3] == header.fourth;
  }

  private boolean isNamed(Header header, byte[] bytes, int at, int filled) {
    int length =
        (bytes[at + header.lengthAt] & 0xFF) | ((bytes[at + header.lengthAt + 1] & 0xFF) << 8);
    int from = at + header.nameAt;
    int to = Math.min(filled, from + length);
    names++;
    return test.test(HeaderText.read(bytes, Math.max(from, to - NAME_MAX), to));
  }
}
