package org.posthorn.storage.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.posthorn.storage.StorageUnavailable;

/// The key that wraps all others, from a file: one line, 32 random bytes in base64. Its fingerprint
/// names it and tells nothing of it.
final class MasterKey {
  private static final int FILE_BYTES_MAX = 1_000;
  private static final int FINGERPRINT_BYTES = 8;
  private static final String NOT_A_KEY =
      "%s is no master key file: it has one line, 32 random bytes in base64";

  private final Path file;
  private final Seal seal;
  private final String fingerprint;

  private MasterKey(Path file, byte[] key) {
    this.file = file;
    this.seal = new Seal(key);
    this.fingerprint = named(key);
  }

  /// Throws [StorageUnavailable] with a text for the operator.
  static MasterKey read(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw notAKey(file);
      }
      byte[] key =
          Base64.getDecoder().decode(Files.readString(file, StandardCharsets.US_ASCII).strip());
      if (key.length != Seal.KEY_BYTES) {
        throw notAKey(file);
      }
      return new MasterKey(file.toAbsolutePath(), key);
    } catch (IllegalArgumentException e) {
      throw new StorageUnavailable(NOT_A_KEY.formatted(file), e);
    } catch (NoSuchFileException e) {
      throw new StorageUnavailable(
          "There is no master key file %s (in the configuration, a relative name is in the data directory). If mail here is encrypted with it, put the file back, or set storage.encryption.master-key-file to its full path"
              .formatted(file),
          e);
    } catch (IOException e) {
      throw new StorageUnavailable(
          "The master key file %s cannot be read (%s). The mail in this data directory is encrypted with it: put the file back, or give the user that runs Posthorn the right to read it"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  Path file() {
    return file;
  }

  Seal seal() {
    return seal;
  }

  String fingerprint() {
    return fingerprint;
  }

  private static StorageUnavailable notAKey(Path file) {
    return new StorageUnavailable(NOT_A_KEY.formatted(file));
  }

  private static String named(byte[] key) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update("posthorn master key\0".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(Arrays.copyOf(sha256.digest(key), FINGERPRINT_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
