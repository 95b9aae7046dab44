package org.posthorn.mailets.smime;

import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;

/// What became of a signature. `reason` says why it is not better; `address` is the one of the
/// signer's certificate, that of `From` where it has that.
record Finding(
    Result result, String reason, Optional<X509Certificate> signer, Optional<String> address) {

  /// From the best to the worst.
  enum Result {
    /// The content is as it was signed, by whom it says it is from, and somebody that you trust
    /// vouches for that.
    PASS,
    /// The same, but the certificate is for another address than that in `From`.
    MISMATCH,
    /// The content is as it was signed, but nobody that you trust vouches for the signer.
    UNTRUSTED,
    /// The certificate is no longer good, or not yet.
    EXPIRED,
    /// The certificate was called back.
    REVOKED,
    /// The content is not what was signed.
    FAIL,
    /// It cannot be read.
    ERROR,
    /// There is no signature.
    NONE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding of(Result result, String reason) {
    return new Finding(result, reason, Optional.empty(), Optional.empty());
  }

  /// Whether the content is as it was signed, whoever did that.
  boolean isIntact() {
    return switch (result) {
      case PASS, MISMATCH, UNTRUSTED, EXPIRED, REVOKED -> true;
      case FAIL, ERROR, NONE -> false;
    };
  }
}
