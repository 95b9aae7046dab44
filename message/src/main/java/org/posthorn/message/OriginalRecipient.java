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

  /// The value for what was decoded, all in ASCII: the type of address stays, the address is
  /// encoded as that type asks (RFC 3461 §4, RFC 6533 §3). Empty where it has no such type, or one
  /// with a dot, which is read and which other servers may refuse: it is no atom.
  public static Optional<String> encode(String decoded) {
    int semicolon = decoded.indexOf(';');
    String type = decoded.substring(0, Math.max(0, semicolon));
    if (type.isEmpty()
        || type.indexOf('.') >= 0
        || !type.chars().allMatch(OriginalRecipient::isOfType)) {
      return Optional.empty();
    }
    String address = decoded.substring(semicolon + 1).strip();
    return Optional.of(
        type
            + ";"
            + (type.equalsIgnoreCase("utf-8")
                ? Xtext.encodeUnitext(address)
                : Xtext.encode(address)));
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
