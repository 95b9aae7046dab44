package org.posthorn.storage.directory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// How passwords are checked.
public record LoginsConfig(
    /// The domain of logins that name none. Without it such logins are refused.
    Optional<String> defaultDomain,
    /// Memory that hashing one password takes (Argon2id). 8 MB to 256 MB. Hashes that were made
    /// with less are made anew at the next login.
    long hashMemoryBytes,
    /// How often that memory is gone over. 1 to 20.
    int hashIterations,
    /// Threads that hash passwords. 1 to 64.
    int hashThreads,
    /// Logins that may wait for these threads; more are told to try again. 1 to 10,000.
    int waitingMax,
    /// For how long a password that was right is known without hashing. 0 s to 1 day.
    Duration remembered,
    /// Wrong tries of one login from one network that cost nothing; then each try makes the next
    /// one wait twice as long. 1 to 1,000.
    int wrongTriesFree,
    /// Wrong tries of all logins from one network that cost nothing, and of one login from all
    /// networks where it was never right. 1 to 100,000.
    int wrongTriesOfNetworkFree,
    /// The longest wait after a wrong try. 1 s to 1 day.
    Duration waitMax,
    /// What clients may log in by: `plain` and `login` (the password as it is, over TLS),
    /// `scram-sha-256` and `scram-sha-1` (the password stays with the client). A user's keys for
    /// SCRAM are made when the password is set, for the functions that are listed then.
    List<Mechanism> mechanisms,
    /// How often the password is hashed for SCRAM, by clients at each login. 4,096 to 1,000,000.
    int scramIterations,
    /// An identity provider, whose tokens let users in by OAUTHBEARER and XOAUTH2.
    Optional<OAuthConfig> oauth) {

  public LoginsConfig {
    mechanisms = List.copyOf(mechanisms);
    if (mechanisms.isEmpty()) {
      throw new IllegalArgumentException("logins mechanisms is empty: nobody could log in");
    }
    within("scram-iterations", scramIterations, 4_096, 1_000_000);
    within("hash-memory-bytes", hashMemoryBytes, 8L << 20, 256L << 20);
    within("hash-iterations", hashIterations, 1, 20);
    within("hash-threads", hashThreads, 1, 64);
    within("waiting-max", waitingMax, 1, 10_000);
    within("remembered", remembered, Duration.ZERO, Duration.ofDays(1));
    within("wrong-tries-free", wrongTriesFree, 1, 1_000);
    within("wrong-tries-of-network-free", wrongTriesOfNetworkFree, 1, 100_000);
    within("wait-max", waitMax, Duration.ofSeconds(1), Duration.ofDays(1));
  }

  /// With the usual mechanisms.
  public LoginsConfig(
      Optional<String> defaultDomain,
      long hashMemoryBytes,
      int hashIterations,
      int hashThreads,
      int waitingMax,
      Duration remembered,
      int wrongTriesFree,
      int wrongTriesOfNetworkFree,
      Duration waitMax) {
    this(
        defaultDomain,
        hashMemoryBytes,
        hashIterations,
        hashThreads,
        waitingMax,
        remembered,
        wrongTriesFree,
        wrongTriesOfNetworkFree,
        waitMax,
        List.of(Mechanism.PLAIN, Mechanism.LOGIN, Mechanism.SCRAM_SHA_256),
        20_000,
        Optional.empty());
  }

  /// The functions that users get keys for.
  List<ScramHash> scramHashes() {
    return Stream.of(ScramHash.values())
        .filter(hash -> mechanisms.contains(hash.mechanism()))
        .toList();
  }

  public static LoginsConfig defaults() {
    return new LoginsConfig(
        Optional.empty(),
        19L << 20,
        2,
        2,
        64,
        Duration.ofMinutes(10),
        5,
        50,
        Duration.ofMinutes(5));
  }

  private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "logins " + name + " is " + value + ": set it between " + min + " and " + max);
    }
  }
}
