package org.posthorn.senderauth.spf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// A text with macros (RFC 7208 §7), read and not yet expanded.
record MacroString(List<Piece> pieces) {
  /// What a text grows to at most. A name is cut to 253 anyway, an explanation to less.
  static final int EXPANDED_MAX = 4_096;

  private static final String HEX = "0123456789ABCDEF";

  MacroString {
    pieces = List.copyOf(pieces);
  }

  sealed interface Piece {
    record Literal(String text) implements Piece {}

    /// `%{l2r-}`: the last `kept` parts of a value that is cut at the delimiters, reversed first if
    /// so wanted.
    record Macro(char letter, int kept, boolean reversed, String delimiters, boolean escaped)
        implements Piece {}
  }

  /// The values of the letters, at the time of the expansion.
  interface Values {
    String of(char letter) throws SpfSyntax;
  }

  String expand(Values values) throws SpfSyntax {
    StringBuilder text = new StringBuilder();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Literal(String literal) -> text.append(literal);
        case Piece.Macro macro -> text.append(expanded(macro, values.of(macro.letter)));
      }
      if (text.length() > EXPANDED_MAX) {
        throw new SpfSyntax("a macro expands to more than " + EXPANDED_MAX + " characters");
      }
    }
    return text.toString();
  }

  private static String expanded(Piece.Macro macro, String value) {
    List<String> parts = new ArrayList<>(cut(value, macro.delimiters));
    if (macro.reversed) {
      Collections.reverse(parts);
    }
    int from = Math.max(0, parts.size() - macro.kept);
    String joined = String.join(".", parts.subList(from, parts.size()));
    return macro.escaped ? escaped(joined) : joined;
  }

  private static List<String> cut(String value, String delimiters) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < value.length(); at++) {
      if (delimiters.indexOf(value.charAt(at)) >= 0) {
        parts.add(value.substring(from, at));
        from = at + 1;
      }
    }
    parts.add(value.substring(from));
    return parts;
  }

  private static String escaped(String text) {
    StringBuilder url = new StringBuilder();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (one >= 'a' && one <= 'z')
              || (one >= 'A' && one <= 'Z')
              || (one >= '0' && one <= '9')
              || one == '-'
              || one == '.'
              || one == '_'
              || one == '~';
      url.append(plain ? String.valueOf((char) one) : "%%%02X".formatted(one & 0xFF));
    }
    return url.toString();
  }

  /// `%{i}`: IPv4 in its four parts, IPv6 in its 32 (RFC 7208 §7.3).
  static String dotted(byte[] address) {
    if (address.length == 4) {
      return (address[0] & 0xFF)
          + "."
          + (address[1] & 0xFF)
          + "."
          + (address[2] & 0xFF)
          + "."
          + (address[3] & 0xFF);
    }
    String[] nibbles = new String[address.length * 2];
    Arrays.setAll(
        nibbles,
        at -> String.valueOf(HEX.charAt((address[at / 2] >> (at % 2 == 0 ? 4 : 0)) & 0xF)));
    return String.join(".", nibbles);
  }
}
