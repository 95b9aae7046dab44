package org.posthorn.storage.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The last message of a SCRAM client (RFC 5802 §7).
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ScramFinal(byte[] binding, String nonce, byte[] proof, String withoutProof) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?<without>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[^,]+)(?:,[A-Za-z]=[^,]+)*?)"
              + ",p=(?<proof>[A-Za-z0-9+/=]+)");

  static Optional<ScramFinal> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    Optional<byte[]> binding = SaslText.decode(parts.group("binding"));
    Optional<byte[]> proof = SaslText.decode(parts.group("proof"));
    return binding.isEmpty() || proof.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ScramFinal(
                binding.get(), parts.group("nonce"), proof.get(), parts.group("without")));
  }
}
