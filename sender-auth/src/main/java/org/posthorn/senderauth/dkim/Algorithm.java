package org.posthorn.senderauth.dkim;

import java.util.Optional;

/// How a signature is made (RFC 8301 §3.1, RFC 8463). There was `rsa-sha1` too: nobody may verify
/// it any more.
public enum Algorithm {
  RSA_SHA256("rsa-sha256", "rsa"),
  ED25519_SHA256("ed25519-sha256", "ed25519");

  private static final String HISTORIC = "rsa-sha1";

  private final String text;
  private final String keyType;

  Algorithm(String text, String keyType) {
    this.text = text;
    this.keyType = keyType;
  }

  /// What [#toString] said once.
  public static Algorithm stored(String text) {
    for (Algorithm algorithm : values()) {
      if (algorithm.text.equals(text)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException("No way to sign: " + text);
  }

  static Algorithm read(String text) throws DkimSyntaxException {
    for (Algorithm algorithm : values()) {
      if (algorithm.text.equalsIgnoreCase(text)) {
        return algorithm;
      }
    }
    throw new DkimSyntaxException(
        text.equalsIgnoreCase(HISTORIC)
            ? "SHA-1 does not count any more (RFC 8301)"
            : "signed in a way that nobody knows");
  }

  static Optional<Algorithm> ofKey(String keyType) {
    for (Algorithm algorithm : values()) {
      if (algorithm.keyType.equalsIgnoreCase(keyType)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /// As in `k=` of a published key.
  public String keyType() {
    return keyType;
  }

  /// As in `a=`.
  @Override
  public String toString() {
    return text;
  }
}
