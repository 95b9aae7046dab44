package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a list of mailboxes and groups, and refuses all that is not exactly that. One pass, no
/// backtracking. Used by one thread.
final class FromParser {
  private static final int VALUE_MAX_CHARS = 32_000;
  private static final int ADDRESSES_MAX = 100;
  private static final String SPECIALS = "()<>[]:;@\\,\"";

  private final String text;
  private final List<String> hosts = new ArrayList<>();
  private int at;

  private FromParser(String text) {
    this.text = text;
  }

  /// The value is not what the grammar says.
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed", null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }
  }

  /// What stands behind each `@`.
  static Optional<List<String>> hosts(String value) {
    if (value.length() > VALUE_MAX_CHARS) {
      return Optional.empty();
    }
    FromParser parser = new FromParser(value);
    try {
      parser.addressList();
      return Optional.of(parser.hosts);
    } catch (Malformed _) {
      return Optional.empty();
    }
  }

  private void addressList() throws Malformed {
    address(/* inGroup= */ false);
    while (accept(',')) {
      address(/* inGroup= */ false);
    }
    if (at < text.length()) {
      throw new Malformed();
    }
  }

  /// A mailbox, or a group of them; what it is shows behind its first words.
  private void address(boolean inGroup) throws Malformed {
    comments();
    int words = 0;
    while (at < text.length() && startsWord(text.charAt(at))) {
      word();
      words++;
      comments();
    }
    if (accept('<')) {
      angle();
    } else if (words > 0 && accept(':') && !inGroup) {
      group();
    } else if (words == 1 && accept('@')) {
      host();
    } else {
      throw new Malformed();
    }
  }

  private void group() throws Malformed {
    comments();
    if (!accept(';')) {
      address(/* inGroup= */ true);
      while (accept(',')) {
        address(/* inGroup= */ true);
      }
      expect(';');
    }
    comments();
  }

  private void angle() throws Malformed {
    comments();
    word();
    comments();
    expect('@');
    host();
    expect('>');
    comments();
  }

  /// A domain; of a literal it is enough to know that it is one.
  private void host() throws Malformed {
    comments();
    int from = at;
    if (accept('[')) {
      while (at < text.length() && "[]\\".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      expect(']');
    } else {
      atom();
    }
    if (hosts.size() == ADDRESSES_MAX) {
      throw new Malformed();
    }
    hosts.add(text.substring(from, at));
    comments();
  }

  private static boolean startsWord(char c) {
    return c == '"' || isAtom(c);
  }

  private void word() throws Malformed {
    if (accept('"')) {
      while (at < text.length() && text.charAt(at) != '"') {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
      at = Math.min(at, text.length());
      expect('"');
    } else {
      atom();
    }
  }

  private void atom() throws Malformed {
    int from = at;
    while (at < text.length() && isAtom(text.charAt(at))) {
      at++;
    }
    if (at == from) {
      throw new Malformed();
    }
  }

  private static boolean isAtom(char c) {
    return c > ' ' && c != 0x7F && SPECIALS.indexOf(c) < 0;
  }

  /// White space and comments, nested or not.
  private void comments() throws Malformed {
    int depth = 0;
    while (at < text.length()) {
      char next = text.charAt(at);
      if (next == '(') {
        depth++;
      } else if (next == ')' && depth > 0) {
        depth--;
      } else if (next == '\\' && depth > 0) {
        at++;
      } else if (depth == 0 && " \t\r\n".indexOf(next) < 0) {
        break;
      }
      at++;
    }
    at = Math.min(at, text.length());
    if (depth > 0) {
      throw new Malformed();
    }
  }

  private boolean accept(char wanted) {
    if (at < text.length() && text.charAt(at) == wanted) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char wanted) throws Malformed {
    if (!accept(wanted)) {
      throw new Malformed();
    }
  }
}
