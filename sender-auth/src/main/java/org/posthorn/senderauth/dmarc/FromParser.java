package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.senderauth.FieldReader;
import org.posthorn.senderauth.FieldReader.Malformed;

/// Reads a list of mailboxes and groups, and refuses all that is not exactly that. Used by one
/// thread.
final class FromParser {
  private static final int VALUE_MAX_CHARS = 32_000;
  private static final int ADDRESSES_MAX = 100;
  private static final String SPECIALS = "()<>[]:;@\\,\"";

  private final FieldReader in;
  private final List<String> hosts = new ArrayList<>();

  private FromParser(String text) {
    this.in = new FieldReader(text);
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
    while (in.accept(',')) {
      address(/* inGroup= */ false);
    }
    if (!in.isAtEnd()) {
      throw new Malformed();
    }
  }

  /// A mailbox, or a group of them; what it is shows behind its first words.
  private void address(boolean inGroup) throws Malformed {
    in.comments();
    int words = 0;
    while (in.isAt('"') || in.isAt(FromParser::isAtom)) {
      word();
      words++;
      in.comments();
    }
    if (in.accept('<')) {
      angle();
    } else if (words > 0 && in.accept(':') && !inGroup) {
      group();
    } else if (words == 1 && in.accept('@')) {
      host();
    } else {
      throw new Malformed();
    }
  }

  private void group() throws Malformed {
    in.comments();
    if (!in.accept(';')) {
      address(/* inGroup= */ true);
      while (in.accept(',')) {
        address(/* inGroup= */ true);
      }
      in.expect(';');
    }
    in.comments();
  }

  private void angle() throws Malformed {
    in.comments();
    word();
    in.comments();
    in.expect('@');
    host();
    in.expect('>');
    in.comments();
  }

  /// A domain; of a literal it is enough to know that it is one.
  private void host() throws Malformed {
    in.comments();
    String host;
    if (in.accept('[')) {
      host = "[" + in.run(c -> "[]\\".indexOf(c) < 0) + "]";
      in.expect(']');
    } else {
      host = in.word(FromParser::isAtom);
    }
    if (hosts.size() == ADDRESSES_MAX) {
      throw new Malformed();
    }
    hosts.add(host);
    in.comments();
  }

  private void word() throws Malformed {
    var _ = in.isAt('"') ? in.quoted() : in.word(FromParser::isAtom);
  }

  private static boolean isAtom(char c) {
    return c > ' ' && c != 0x7F && SPECIALS.indexOf(c) < 0;
  }
}
