package org.posthorn.storage.directory;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// A hash function that SCRAM is used with, and the functions that it makes of it (RFC 5802 §2.2).
/// The codes are part of the stored format.
public enum ScramHash {
  SHA_1(1, "SHA-1", "HmacSHA1", "PBKDF2WithHmacSHA1", 20),
  SHA_256(2, "SHA-256", "HmacSHA256", "PBKDF2WithHmacSHA256", 32);

  private final int code;
  private final String digest;
  private final String hmac;
  private final String derivation;
  private final int bytes;

  ScramHash(int code, String digest, String hmac, String derivation, int bytes) {
    this.code = code;
    this.digest = digest;
    this.hmac = hmac;
    this.derivation = derivation;
    this.bytes = bytes;
  }

  int code() {
    return code;
  }

  /// By which it is offered.
  public Mechanism mechanism() {
    return this == SHA_1 ? Mechanism.SCRAM_SHA_1 : Mechanism.SCRAM_SHA_256;
  }

  byte[] hash(byte[] text) {
    try {
      return MessageDigest.getInstance(digest).digest(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance(hmac);
      mac.init(new SecretKeySpec(key, hmac));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `Hi()`; `prepared` has gone through [SaslPrep].
  byte[] salted(String prepared, byte[] salt, int iterations) {
    try {
      var spec = new PBEKeySpec(prepared.toCharArray(), salt, iterations, bytes * 8);
      return SecretKeyFactory.getInstance(derivation).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
