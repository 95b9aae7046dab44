package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.message.ContentId;

/// The key of one content (AES-GCM, 256 bits), which is nowhere but in its id. Each block is sealed
/// with its number as nonce: a key is used for one content, and that is never written again. Safe
/// for use by many threads.
final class ContentKey {
  static final int TAG_BYTES = 16;

  /// The number of what is no block: the structure.
  static final long STRUCTURE = -1;

  private static final int KEY_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String text;
  private final SecretKeySpec spec;

  private ContentKey(byte[] key) {
    this.text = Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    this.spec = new SecretKeySpec(key, "AES");
  }

  static ContentKey random() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return new ContentKey(key);
  }

  /// Empty when the id has none, or none that this store made.
  static Optional<ContentKey> of(ContentId id) {
    return id.key()
        .flatMap(text -> {
          try {
            byte[] key = Base64.getUrlDecoder().decode(text);
            return key.length == KEY_BYTES ? Optional.of(new ContentKey(key)) : Optional.empty();
          } catch (IllegalArgumentException _) {
            return Optional.empty();
          }
        });
  }

  ContentId with(Place place) {
    return place.id().withKey(text);
  }

  /// Returns how many bytes were put into `into`.
  int close(long number, byte[] from, int offset, int length, byte[] into, int at) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, number).doFinal(from, offset, length, into, at);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] open(ContentId id, long number, byte[] from, int length) throws ContentDamaged {
    try {
      return cipher(Cipher.DECRYPT_MODE, number).doFinal(from, 0, length);
    } catch (GeneralSecurityException _) {
      throw new ContentDamaged(id, "it cannot be decrypted with the key in its id");
    }
  }

  private Cipher cipher(int mode, long number) throws GeneralSecurityException {
    byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(number).array();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, spec, new GCMParameterSpec(8 * TAG_BYTES, nonce));
    cipher.updateAAD(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
    return cipher;
  }
}
