package org.posthorn.storage.queue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Names the purpose of a mail that was made on behalf of another, in a form of fixed length: 32
/// hexadecimal digits.
public record SubmissionKey(String value) {
  private static final int BYTES = 16;

  public SubmissionKey {
    if (value.length() != 2 * BYTES) {
      throw new IllegalArgumentException("Not a submission key: " + value);
    }
  }

  public static SubmissionKey of(String purpose) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(purpose.getBytes(StandardCharsets.UTF_8));
      return new SubmissionKey(HexFormat.of().formatHex(digest, 0, BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
