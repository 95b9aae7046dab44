package org.posthorn.message;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/// A domain name as it is compared and stored: lower case, A-labels (`xn--…`) for what is not ASCII
/// (RFC 5890 §2.3.2.1), without the final dot. An address literal (`[192.0.2.1]`) is a domain too.
public record Domain(String ascii) {
  private static final int NAME_MAX = 253;
  private static final int LABEL_MAX = 63;

  public Domain {
    if (!hasLiteralForm(ascii) && !isName(ascii)) {
      throw new IllegalArgumentException("Not a domain: " + ascii);
    }
  }

  /// Reads a domain in any case, in U-labels or A-labels, or an address literal.
  public static Optional<Domain> parse(String text) {
    if (hasLiteralForm(text)) {
      return Optional.of(new Domain(text.toLowerCase(Locale.ROOT)));
    }
    String trimmed = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (trimmed.length() > NAME_MAX) {
      return Optional.empty();
    }
    String name = trimmed;
    if (!text.chars().allMatch(c -> c < 128)) {
      try {
        name = IDN.toASCII(trimmed, IDN.USE_STD3_ASCII_RULES);
      } catch (IllegalArgumentException _) {
        return Optional.empty();
      }
    }
    name = name.toLowerCase(Locale.ROOT);
    return isName(name) ? Optional.of(new Domain(name)) : Optional.empty();
  }

  public static Domain of(String text) {
    return parse(text)
        .orElseThrow(() -> new IllegalArgumentException("Not a domain name: " + text));
  }

  public boolean isLiteral() {
    return hasLiteralForm(ascii);
  }

  /// With U-labels, for people to read.
  public String unicode() {
    return IDN.toUnicode(ascii);
  }

  @Override
  public String toString() {
    return ascii;
  }

  private static boolean hasLiteralForm(String text) {
    return text.length() > 2
        && text.length() <= NAME_MAX
        && text.charAt(0) == '['
        && text.charAt(text.length() - 1) == ']'
        && text.chars()
            .skip(1)
            .limit(text.length() - 2)
            .allMatch(
                c -> c < 128 && (Character.isLetterOrDigit(c) || c == ':' || c == '.' || c == '-'));
  }

  private static boolean isName(String text) {
    if (text.isEmpty() || text.length() > NAME_MAX || !text.equals(text.toLowerCase(Locale.ROOT))) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (label.isEmpty()
          || label.length() > LABEL_MAX
          || label.startsWith("-")
          || label.endsWith("-")
          || !label
              .chars()
              .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_'))) {
        return false;
      }
    }
    return true;
  }
}
