package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.storage.StorageUnavailable;

/// A secret of 256 bits with which a user vouches for URLs that lead into a mailbox (RFC 4467
/// §2.4.1). It signs and compares, and is never told. Safe for use by many threads.
public final class AccessKey {
  /// How many an account has at most: one for each mailbox, of others too.
  static final int MAX_IN_ACCOUNT = 2_000;

  static final int BYTES = 32;

  /// How tokens are made, told at their beginning (RFC 4467 §10): HMAC with SHA-256.
  private static final String ALGORITHM = "01";

  private static final String HMAC = "HmacSHA256";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] secret;

  private AccessKey(byte[] secret) {
    this.secret = secret;
  }

  /// Where a key belongs: a mailbox in the account `host`.
  record Place(String host, int mailbox) {}

  public static AccessKey random() {
    byte[] secret = new byte[BYTES];
    RANDOM.nextBytes(secret);
    return new AccessKey(secret);
  }

  static AccessKey of(byte[] secret) {
    if (secret.length != BYTES) {
      throw new StorageUnavailable("An access key is damaged: it has " + secret.length + " bytes");
    }
    return new AccessKey(secret.clone());
  }

  byte[] secret() {
    return secret.clone();
  }

  /// What proves that whoever has the key has vouched for `text`, in hexadecimal digits.
  public String token(String text) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret, HMAC));
      byte[] sum = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return ALGORITHM + HexFormat.of().formatHex(sum);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Whether a token is that of a text; takes the same time for all that are wrong.
  public boolean proves(String text, String token) {
    return MessageDigest.isEqual(
        token(text).getBytes(StandardCharsets.US_ASCII),
        token.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "AccessKey";
  }
}
