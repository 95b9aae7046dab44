package org.posthorn.message;

import java.net.IDN;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// A domain name as it is compared and stored: lower case, A-labels (`xn--…`) for what is not ASCII
/// (RFC 5890 §2.3.2.1), without the final dot. An address literal (`[192.0.2.1]`,
/// `[ipv6:2001:db8:0:0:0:0:0:1]`) is a domain too.
public record Domain(String ascii) {
  private static final int NAME_MAX = 253;
  private static final int LABEL_MAX = 63;
  private static final String IPV6_TAG = "ipv6:";
  private static final String A_LABEL = "xn--";

  public Domain {
    if (!isName(ascii) && !literal(ascii).map(ascii::equals).orElse(false)) {
      throw new IllegalArgumentException("Not a domain: " + ascii);
    }
  }

  /// Reads a domain in any case, in U-labels or A-labels, or an address literal (RFC 5321 §4.1.3).
  /// A name whose last label is a number is none: such top-level domains do not exist, so it is an
  /// address without its brackets.
  public static Optional<Domain> parse(String text) {
    if (text.startsWith("[")) {
      return literal(text).map(Domain::new);
    }
    String trimmed = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (trimmed.length() > NAME_MAX) {
      return Optional.empty();
    }
    String name = trimmed;
    if (!isAscii(trimmed)) {
      Optional<String> encoded = aLabels(trimmed);
      if (encoded.isEmpty()) {
        return Optional.empty();
      }
      name = encoded.get();
    }
    name = name.toLowerCase(Locale.ROOT);
    return isName(name) ? Optional.of(new Domain(name)) : Optional.empty();
  }

  public static Domain of(String text) {
    return parse(text)
        .orElseThrow(() -> new IllegalArgumentException("Not a domain name: " + text));
  }

  public boolean isLiteral() {
    return ascii.startsWith("[");
  }

  /// The address of an address literal.
  public Optional<InetAddress> address() {
    return isLiteral() ? addressIn(ascii) : Optional.empty();
  }

  /// With U-labels, for people to read.
  public String unicode() {
    if (isLiteral() || !ascii.contains(A_LABEL)) {
      return ascii;
    }
    return Arrays.stream(ascii.split("\\.", -1))
        .map(Domain::uLabel)
        .collect(Collectors.joining("."));
  }

  @Override
  public String toString() {
    return ascii;
  }

  /// Only case is mapped: letters that merely look like ASCII, such as those of full width, and
  /// characters that nobody sees make another name, or none (RFC 5891 §5.3, §5.4).
  private static Optional<String> aLabels(String text) {
    StringBuilder labels = new StringBuilder();
    for (String label : text.split("\\.", -1)) {
      try {
        String mapped =
            label.chars().anyMatch(Domain::isKeptSince2008)
                ? A_LABEL + Punycode.encode(withKeptLetters(label))
                : IDN.toASCII(label, IDN.USE_STD3_ASCII_RULES);
        if (mapped.contains(".") || (!mapped.startsWith(A_LABEL) && !isAscii(label))) {
          return Optional.empty();
        }
        labels.append(labels.isEmpty() ? "" : ".").append(mapped);
      } catch (IllegalArgumentException _) {
        return Optional.empty();
      }
    }
    return Optional.of(labels.toString());
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  /// Mapped and checked by the old rules piece by piece, around the letters that they would change.
  private static String withKeptLetters(String label) {
    StringBuilder mapped = new StringBuilder();
    for (String piece : label.split("(?<=[\u00DF\u03C2])|(?=[\u00DF\u03C2])", -1)) {
      mapped.append(
          piece.isEmpty() || isKeptSince2008(piece.charAt(0))
              ? piece
              : IDN.toUnicode(IDN.toASCII(piece)));
    }
    return mapped.toString();
  }

  private static boolean isKeptSince2008(int c) {
    return c == '\u00DF' || c == '\u03C2';
  }

  private static String uLabel(String label) {
    if (!label.startsWith(A_LABEL)) {
      return label;
    }
    String decoded = IDN.toUnicode(label);
    return decoded.equals(label)
        ? Punycode.decode(label.substring(A_LABEL.length()))
            .filter(text -> aLabels(text).filter(label::equals).isPresent())
            .orElse(label)
        : decoded;
  }

  /// The one form in which a literal is kept, however it was written.
  private static Optional<String> literal(String text) {
    return addressIn(text)
        .map(address ->
            address.getAddress().length == 4
                ? "[" + address.getHostAddress() + "]"
                : "[" + IPV6_TAG + address.getHostAddress() + "]");
  }

  private static Optional<InetAddress> addressIn(String literal) {
    if (literal.length() < 3 || literal.length() > 64 || !literal.endsWith("]")) {
      return Optional.empty();
    }
    String inside = literal.substring(1, literal.length() - 1);
    boolean ipv6 = inside.regionMatches(true, 0, IPV6_TAG, 0, IPV6_TAG.length());
    String address = ipv6 ? inside.substring(IPV6_TAG.length()) : inside;
    if (ipv6 ? !isIpv6Text(address) : !isDottedQuad(address)) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Only what cannot be read as a host name, an address with a port or one with a zone.
  private static boolean isIpv6Text(String text) {
    return text.indexOf(':') >= 0
        && text.chars().allMatch(c -> c == ':' || c == '.' || Character.digit(c, 16) >= 0);
  }

  /// Four numbers; the JDK would also take fewer.
  private static boolean isDottedQuad(String text) {
    String[] numbers = text.split("\\.", -1);
    if (numbers.length != 4) {
      return false;
    }
    for (String number : numbers) {
      if (number.isEmpty()
          || number.length() > 3
          || !number.chars().allMatch(c -> c >= '0' && c <= '9')
          || Integer.parseInt(number) > 255) {
        return false;
      }
    }
    return true;
  }

  private static boolean isName(String text) {
    if (text.isEmpty() || text.length() > NAME_MAX) {
      return false;
    }
    int labelStart = 0;
    boolean number = true;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '.';
      if (c == '.') {
        if (!isLabel(text, labelStart, i)) {
          return false;
        }
        labelStart = i + 1;
        number = i == text.length() ? number : true;
      } else if (!isLabelCharacter(c)) {
        return false;
      } else if (c < '0' || c > '9') {
        number = false;
      }
    }
    return !number;
  }

  private static boolean isLabel(String text, int from, int to) {
    return to > from
        && to - from <= LABEL_MAX
        && text.charAt(from) != '-'
        && text.charAt(to - 1) != '-';
  }

  /// An underscore is no part of a host name, but there are mail domains with one.
  private static boolean isLabelCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }
}
