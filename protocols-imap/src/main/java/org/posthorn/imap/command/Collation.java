package org.posthorn.imap.command;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.posthorn.storage.search.Needle;
import org.posthorn.storage.search.UnicodeCasemap;

/// How strings are put in order (RFC 4790 §9, RFC 5051): each becomes bytes that are compared as
/// unsigned numbers. Safe for use by many threads.
public enum Collation {
  OCTET("i;octet") {
    @Override
    byte[] key(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    Needle needle(String text) {
      return Needle.exact(text);
    }
  },
  ASCII_CASEMAP("i;ascii-casemap") {
    @Override
    byte[] key(String text) {
      return upperAscii(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    Needle needle(String text) {
      return Needle.inAnyAsciiCase(text);
    }
  },
  UNICODE_CASEMAP("i;unicode-casemap") {
    @Override
    byte[] key(String text) {
      return isAscii(text)
          ? upperAscii(text.getBytes(StandardCharsets.ISO_8859_1))
          : UnicodeCasemap.of(text).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    Needle needle(String text) {
      return new Needle(text);
    }
  };

  /// What a client gets that leaves the choice to us comes first.
  static final List<Collation> PREFERRED = List.of(UNICODE_CASEMAP, ASCII_CASEMAP, OCTET);

  private final String identifier;

  Collation(String identifier) {
    this.identifier = identifier;
  }

  String identifier() {
    return identifier;
  }

  abstract byte[] key(String text);

  /// What finds a text in others.
  abstract Needle needle(String text);

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
