package org.posthorn.message;

import java.util.Optional;

/// The value of ORCPT (RFC 3461 §4.2): a type of address, and an address in the encoding of that
/// type.
public final class OriginalRecipient {
  private static final int LENGTH_MAX = 500;

  private OriginalRecipient() {}

  /// Decoded, such as `rfc822;ann@example.org`; empty where it is none.
  public static Optional<String> parse(String value) {
    int semicolon = value.indexOf(';');
    if (value.length() > LENGTH_MAX || semicolon < 1) {
      return Optional.empty();
    }
    String type = value.substring(0, semicolon);
    String encoded = value.substring(semicolon + 1);
    if (encoded.isEmpty() || !type.chars().allMatch(OriginalRecipient::isOfType)) {
      return Optional.empty();
    }
    if (type.equalsIgnoreCase("utf-8")) {
      return Xtext.decodeUnitext(encoded).map(address -> type + ";" + address);
    }
    return Xtext.decode(encoded)
        .map(address -> type + ";" + address)
        .or(() -> Xtext.decodeUtf8(encoded).map(address -> "utf-8;" + address));
  }

  private static boolean isOfType(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
