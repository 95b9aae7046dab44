package org.posthorn.storage.keys;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.storage.StorageUnavailable;

/// A key of 256 bits that seals rows (AES-GCM with a random nonce of 12 bytes in front): nobody
/// reads or changes them without it, or moves them to another place. Safe for use by many threads.
public final class Seal {
  static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] key;
  private final SecretKeySpec spec;

  Seal(byte[] key) {
    this.key = key.clone();
    this.spec = new SecretKeySpec(key, "AES");
  }

  static Seal random() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return new Seal(key);
  }

  /// `place` is where it will stand: it opens nowhere else.
  public byte[] close(byte[] open, byte[] place) {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      byte[] closed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(open);
      return ByteBuffer.allocate(nonce.length + closed.length).put(nonce).put(closed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Throws [StorageUnavailable] when it was closed with another key or for another place, or has
  /// changed.
  public byte[] open(byte[] closed, byte[] place) {
    if (closed.length < NONCE_BYTES) {
      throw new StorageUnavailable("A sealed row is too short");
    }
    try {
      byte[] nonce = Arrays.copyOf(closed, NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, nonce, place)
          .doFinal(closed, NONCE_BYTES, closed.length - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new StorageUnavailable("A sealed row is damaged, or was sealed with another key", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] key() {
    return key.clone();
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] place) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, spec, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(place);
    return cipher;
  }
}
