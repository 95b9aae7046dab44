package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What a server keeps of a password for SCRAM (RFC 5802 §3): enough to check a proof, not enough
/// to make one. Immutable.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ScramKeys(ScramHash hash, byte[] storedKey, byte[] serverKey) {
  private static final byte[] CLIENT = "Client Key".getBytes(US_ASCII);
  private static final byte[] SERVER = "Server Key".getBytes(US_ASCII);

  static ScramKeys of(ScramHash hash, String prepared, byte[] salt, int iterations) {
    byte[] salted = hash.salted(prepared, salt, iterations);
    return new ScramKeys(hash, hash.hash(hash.hmac(salted, CLIENT)), hash.hmac(salted, SERVER));
  }

  /// The keys of a password for each function; none where the password cannot be prepared, since no
  /// client could log in with it so.
  static List<ScramKeys> all(List<ScramHash> hashes, String password, byte[] salt, int iterations) {
    return SaslPrep.password(password)
        .map(prepared -> hashes.stream().map(hash -> of(hash, prepared, salt, iterations)).toList())
        .orElse(List.of());
  }

  /// The server's signature when `proof` is of the password that these keys were made of.
  Optional<byte[]> signature(byte[] authMessage, byte[] proof) {
    byte[] clientSignature = hash.hmac(storedKey, authMessage);
    if (proof.length != clientSignature.length) {
      return Optional.empty();
    }
    var clientKey = new byte[proof.length];
    for (int i = 0; i < proof.length; i++) {
      clientKey[i] = (byte) (proof[i] ^ clientSignature[i]);
    }
    return MessageDigest.isEqual(hash.hash(clientKey), storedKey)
        ? Optional.of(hash.hmac(serverKey, authMessage))
        : Optional.empty();
  }

  static void writeAll(List<ScramKeys> all, RowWriter row) {
    row.number(all.size());
    for (ScramKeys keys : all) {
      row.raw(keys.hash.code()).piece(keys.storedKey).piece(keys.serverKey);
    }
  }

  static List<ScramKeys> readAll(RowReader row) {
    int count = row.count();
    var all = new ArrayList<ScramKeys>();
    for (int i = 0; i < count; i++) {
      all.add(new ScramKeys(hash(row.raw()), row.piece(), row.piece()));
    }
    return List.copyOf(all);
  }

  private static ScramHash hash(int code) {
    for (ScramHash hash : ScramHash.values()) {
      if (hash.code() == code) {
        return hash;
      }
    }
    throw new StorageUnavailable("A password's keys are of a kind that this program does not know");
  }

  @Override
  public String toString() {
    return "ScramKeys[" + hash + "]";
  }
}
