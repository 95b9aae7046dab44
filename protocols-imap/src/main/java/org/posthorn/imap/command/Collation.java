package org.posthorn.imap.command;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.storage.search.UnicodeCasemap;

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
          : UnicodeCasemap.of(text).getBytes(StandardCharsets.UTF_8);
    }
  };

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
}
