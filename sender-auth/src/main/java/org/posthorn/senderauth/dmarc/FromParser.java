package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.EncodedWord;
import org.posthorn.senderauth.FieldReader;
import org.posthorn.senderauth.FieldReader.Malformed;

/// Reads a list of mailboxes and groups, and refuses all that is not exactly that, but for names
/// without the quotes that they need, if every way to read them comes to the same domain. Used by
/// one thread.
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
    List<String> words = words();
    if (in.accept('<')) {
      angle();
    } else if (!words.isEmpty() && in.accept(':') && !inGroup) {
      group();
    } else if (words.size() == 1 && in.accept('@')) {
      bare();
    } else if (!words.isEmpty() && in.isAt(',')) {
      nameWithCommas(words);
    } else {
      throw new Malformed();
    }
  }

  /// An address alone; or one as the name of a mailbox, without the quotes that it should be in:
  /// `info@example.org <info@example.org>`. Then whoever reads either of them must find the same
  /// domain.
  private void bare() throws Malformed {
    host();
    if (in.accept('<')) {
      String first = hosts.getLast();
      angle();
      if (!hosts.getLast().equalsIgnoreCase(first)) {
        throw new Malformed();
      }
    }
  }

  /// `Doe, John <john@example.org>`, which should be in quotes as well. Whoever takes the words
  /// before the comma for an address finds no domain in them, not even in a second look at what
  /// they encode.
  private void nameWithCommas(List<String> first) throws Malformed {
    List<String> words = first;
    while (!words.isEmpty() && in.accept(',')) {
      for (String word : words) {
        String decoded = EncodedWord.decode(word);
        if (decoded.indexOf('@') >= 0 || decoded.contains("=?")) {
          throw new Malformed();
        }
      }
      in.comments();
      words = words();
    }
    in.expect('<');
    angle();
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
    var _ = word();
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

  private List<String> words() throws Malformed {
    List<String> words = new ArrayList<>();
    while (in.isAt('"') || in.isAt(FromParser::isAtom)) {
      words.add(word());
      in.comments();
    }
    return words;
  }

  private String word() throws Malformed {
    return in.isAt('"') ? in.quoted() : in.word(FromParser::isAtom);
  }

  private static boolean isAtom(char c) {
    return c > ' ' && c != 0x7F && SPECIALS.indexOf(c) < 0;
  }
}
