package org.posthorn.storage.search;

import java.util.Locale;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.BytesRef;

/// The words of an account as the index keeps them: the number that the account has in the index (4
/// bytes), the area (1 byte), the word. So an account's words lie together, and a search that names
/// no account cannot be written. Part of the index's form.
///
/// Words that many accounts share lie under the number of their circle, which is negative; those of
/// accounts are positive. Each document there has a number, and an email that has these words a
/// reference: both numbers.
///
/// Every UTF-16 unit is a piece of 1 to 3 bytes as in UTF-8, so a word is in another exactly when
/// its bytes are. A word that is cut has a byte 1 where it was.
final class Terms {
  static final String FIELD = "w";

  /// In place of an area: every email of the account.
  static final byte EMAIL = 1;

  /// Emails of which only a part is in the index, or nothing.
  static final byte PARTLY = 2;

  /// The email of a number.
  static final byte EMAIL_ID = 3;

  /// Emails of which the words lie in a circle.
  static final byte SHARED = 4;

  static final int PREFIX_BYTES = 5;
  private static final byte CUT = 1;
  private static final int WORD_MAX_BYTES = 3 * WordCutter.PIECE + 2;

  private Terms() {}

  /// That of an account whose user has that login: the accounts of a domain are one. Now and then
  /// those of two are, which does no harm: what is found in a circle is found for those only who
  /// refer to it.
  static int circle(String owner) {
    String domain = owner.substring(owner.lastIndexOf('@') + 1);
    return domain.toLowerCase(Locale.ROOT).hashCode() | Integer.MIN_VALUE;
  }

  static long reference(int circle, int shared) {
    return (long) circle << 32 | shared;
  }

  static int circleOf(long reference) {
    return (int) (reference >>> 32);
  }

  static int sharedOf(long reference) {
    return (int) reference;
  }

  /// With room for a word.
  static BytesRef prefix(int account, byte area) {
    var bytes = new byte[PREFIX_BYTES + WORD_MAX_BYTES];
    bytes[0] = (byte) (account >>> 24);
    bytes[1] = (byte) (account >>> 16);
    bytes[2] = (byte) (account >>> 8);
    bytes[3] = (byte) account;
    bytes[4] = area;
    return new BytesRef(bytes, 0, PREFIX_BYTES);
  }

  /// What a document has by which it is found: [#EMAIL], [#PARTLY], [#SHARED].
  static Term note(int account, byte note) {
    return new Term(FIELD, prefix(account, note));
  }

  static BytesRef emailId(int account, long id) {
    BytesRef term = prefix(account, EMAIL_ID);
    for (int shift = 56; shift >= 0; shift -= 8) {
      term.bytes[term.length++] = (byte) (id >>> shift);
    }
    return term;
  }

  /// Puts a word behind the prefix.
  static void put(BytesRef term, WordCutter word) {
    term.length = PREFIX_BYTES;
    if (word.cutBefore) {
      term.bytes[term.length++] = CUT;
    }
    putAll(term, word.word, word.length);
    if (word.cutAfter) {
      term.bytes[term.length++] = CUT;
    }
  }

  /// The bytes of a word, or a part of it.
  static BytesRef word(String word, boolean cutAfter) {
    var term = new BytesRef(new byte[3 * word.length() + 1], 0, 0);
    putAll(term, word.toCharArray(), word.length());
    if (cutAfter) {
      term.bytes[term.length++] = CUT;
    }
    return BytesRef.deepCopyOf(term);
  }

  /// The characters of a word of the index; -1 for a piece of a longer word, or when there is no
  /// room for it.
  static int decode(BytesRef term, char[] word) {
    byte[] bytes = term.bytes;
    int end = term.offset + term.length;
    int length = 0;
    for (int at = term.offset + PREFIX_BYTES; at < end; length++) {
      int b = bytes[at] & 0xFF;
      int more = b < 0x80 ? 0 : b < 0xE0 ? 1 : 2;
      if (b == CUT || length == word.length || at + more >= end) {
        return -1;
      }
      int c = more == 0 ? b : b & (more == 1 ? 0x1F : 0x0F);
      for (int i = 1; i <= more; i++) {
        c = (c << 6) | (bytes[at + i] & 0x3F);
      }
      word[length] = (char) c;
      at += more + 1;
    }
    return length;
  }

  private static void putAll(BytesRef term, char[] word, int length) {
    byte[] bytes = term.bytes;
    int at = term.length;
    for (int i = 0; i < length; i++) {
      char c = word[i];
      if (c < 0x80) {
        bytes[at++] = (byte) c;
      } else if (c < 0x800) {
        bytes[at++] = (byte) (0xC0 | (c >> 6));
        bytes[at++] = (byte) (0x80 | (c & 0x3F));
      } else {
        bytes[at++] = (byte) (0xE0 | (c >> 12));
        bytes[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        bytes[at++] = (byte) (0x80 | (c & 0x3F));
      }
    }
    term.length = at;
  }
}
