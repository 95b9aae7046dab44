package org.posthorn.senderauth.dkim;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The SHA-256 of a canonical body, or of its first bytes (`l=`). Used by one thread; it is known
/// when the pass is over.
public final class BodyHash {
  private final long limitBytes;
  private final MessageDigest digest = sha256();
  private long bodyBytes;
  private byte[] hash = {};

  BodyHash(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void take(byte[] bytes, int length) {
    long room = Math.clamp(limitBytes - bodyBytes, 0, length);
    digest.update(bytes, 0, (int) room);
    bodyBytes += length;
  }

  void finish() {
    hash = digest.digest();
  }

  /// The hash.
  byte[] bytes() {
    return hash.clone();
  }

  boolean is(byte[] other) {
    return MessageDigest.isEqual(hash, other);
  }

  /// How long the canonical body is, whatever was hashed of it.
  long bodyBytes() {
    return bodyBytes;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
