package org.posthorn.storage;

import java.util.Optional;

/// Encryption of mail on the disk.
public record EncryptionConfig(
    /// The file with the master key (one line, 32 random bytes in base64), in the data directory or
    /// by its full path: with it, the mail that comes in from then on is encrypted. Keep a copy of
    /// it away from this machine, and not beside copies of the data directory. Without it nothing
    /// is encrypted.
    Optional<String> masterKeyFile) {
  public static EncryptionConfig off() {
    return new EncryptionConfig(Optional.empty());
  }
}
