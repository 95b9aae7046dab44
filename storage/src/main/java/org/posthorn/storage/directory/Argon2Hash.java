package org.posthorn.storage.directory;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// An Argon2id hash (RFC 9106) with its salt and the cost that it was made with, so that the cost
/// of new ones can be raised: written as a PHC string.
final class Argon2Hash {
  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{16,128})");

  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  private final Cost cost;
  private final byte[] salt;
  private final byte[] hash;

  /// What a hash costs to compute. A taken-over one may not cost so much that a login stops the
  /// server.
  record Cost(int memoryKibibytes, int iterations, int lanes) {
    private static final Cost MAX = new Cost(256 << 10, 20, 16);

    boolean isPossible() {
      return lanes >= 1
          && lanes <= MAX.lanes
          && memoryKibibytes >= 8 * lanes
          && memoryKibibytes <= MAX.memoryKibibytes
          && iterations >= 1
          && iterations <= MAX.iterations;
    }

    boolean isLessThan(Cost other) {
      return (long) memoryKibibytes * iterations < (long) other.memoryKibibytes * other.iterations;
    }
  }

  private Argon2Hash(Cost cost, byte[] salt, byte[] hash) {
    this.cost = cost;
    this.salt = salt;
    this.hash = hash;
  }

  static Optional<Argon2Hash> parse(String phc) {
    Matcher parts = PHC.matcher(phc);
    if (!parts.matches()) {
      return Optional.empty();
    }
    var cost =
        new Cost(
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            Integer.parseInt(parts.group(3)));
    try {
      byte[] salt = Base64.getDecoder().decode(parts.group(4));
      byte[] hash = Base64.getDecoder().decode(parts.group(5));
      return cost.isPossible() ? Optional.of(new Argon2Hash(cost, salt, hash)) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  static Argon2Hash make(String password, Cost cost, SecureRandom random) {
    var salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new Argon2Hash(cost, salt, compute(password, cost, salt, HASH_BYTES));
  }

  /// Takes the time of one hash, whatever the answer.
  boolean matches(String password) {
    return MessageDigest.isEqual(hash, compute(password, cost, salt, hash.length));
  }

  Cost cost() {
    return cost;
  }

  /// As [#parse] reads it.
  @Override
  public String toString() {
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            cost.memoryKibibytes,
            cost.iterations,
            cost.lanes,
            base64.encodeToString(salt),
            base64.encodeToString(hash));
  }

  private static byte[] compute(String password, Cost cost, byte[] salt, int length) {
    var generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost.memoryKibibytes)
            .withIterations(cost.iterations)
            .withParallelism(cost.lanes)
            .withSalt(salt)
            .build());
    var result = new byte[length];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), result);
    return result;
  }
}
