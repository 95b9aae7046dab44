package org.posthorn.imap.command;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How strings are put in order (RFC 4790 §9, RFC 5051): each becomes bytes that are compared as
/// unsigned numbers. Safe for use by many threads.
enum Collation {
  OCTET("i;octet") {
    @Override
    byte[] key(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  },
  ASCII_CASEMAP("i;ascii-casemap") {
    @Override
    byte[] key(String text) {
      return upperAscii(text.getBytes(StandardCharsets.UTF_8));
    }
  },
  UNICODE_CASEMAP("i;unicode-casemap") {
    @Override
    byte[] key(String text) {
      return isAscii(text)
          ? upperAscii(text.getBytes(StandardCharsets.ISO_8859_1))
          : mapped(text).getBytes(StandardCharsets.UTF_8);
    }
  };

  private static final int HANGUL_FIRST = 0xAC00;
  private static final int HANGUL_LAST = 0xD7A3;

  /// What each character that was asked for becomes. Several threads may find the same.
  private static final @Nullable String[] MAPPED = new @Nullable String[1 << 16];

  private final String identifier;

  Collation(String identifier) {
    this.identifier = identifier;
  }

  String identifier() {
    return identifier;
  }

  abstract byte[] key(String text);

  static Optional<Collation> named(String identifier) {
    String wanted = identifier.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(it -> it.identifier.equals(wanted)).findFirst();
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static byte[] upperAscii(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] >= 'a' && bytes[i] <= 'z') {
        bytes[i] = (byte) (bytes[i] - ('a' - 'A'));
      }
    }
    return bytes;
  }

  private static String mapped(String text) {
    var mapped = new StringBuilder(text.length() + 8);
    text.codePoints()
        .forEach(point -> {
          if (point >= MAPPED.length) {
            mapped.append(mapped(point));
            return;
          }
          String known = MAPPED[point];
          if (known == null) {
            known = mapped(point);
            MAPPED[point] = known;
          }
          mapped.append(known);
        });
    return mapped.toString();
  }

  /// In title case, and then decomposed as the Unicode data file says, which leaves Hangul alone
  /// (RFC 5051 §2).
  private static String mapped(int point) {
    int title = Character.toTitleCase(point);
    String text = Character.toString(title);
    return title >= HANGUL_FIRST && title <= HANGUL_LAST
        ? text
        : Normalizer.normalize(text, Normalizer.Form.NFKD);
  }
}
