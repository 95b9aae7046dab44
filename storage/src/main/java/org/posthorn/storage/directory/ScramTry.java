package org.posthorn.storage.directory;

import java.util.Optional;

/// One login by SCRAM that has begun: what the client is told, and then whether its proof is good.
/// Used by one thread, once.
public final class ScramTry {
  private final Judge judge;
  private final byte[] salt;
  private final int iterations;

  /// What became of it; `signature` shows the client that the server knows the password too.
  public record Verdict(LoginResult result, Optional<byte[]> signature) {
    static Verdict of(LoginResult result) {
      return new Verdict(result, Optional.empty());
    }
  }

  /// Looks at a proof.
  @FunctionalInterface
  interface Judge {
    Verdict judge(byte[] authMessage, byte[] proof);
  }

  ScramTry(byte[] salt, int iterations, Judge judge) {
    this.salt = salt.clone();
    this.iterations = iterations;
    this.judge = judge;
  }

  public byte[] salt() {
    return salt.clone();
  }

  public int iterations() {
    return iterations;
  }

  /// `authMessage` and `proof` are those of RFC 5802 §3.
  public Verdict prove(byte[] authMessage, byte[] proof) {
    return judge.judge(authMessage, proof);
  }
}
