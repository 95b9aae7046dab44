package org.posthorn.storage.directory;

import com.google.common.base.Suppliers;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Makes and checks password hashes on a few platform threads of its own: a hash is about 70 ms of
/// pure computing, which would keep a virtual thread's carrier busy. Safe for use by many threads.
public final class Passwords implements AutoCloseable {
  static final int LENGTH_MAX = 1_000;
  static final int SALT_BYTES = 16;
  private static final Duration THREAD_REST = Duration.ofSeconds(30);

  private final ThreadPoolExecutor threads;
  private final Semaphore room;
  private final Argon2Hash.Cost cost;
  private final List<ScramHash> scramHashes;
  private final int scramIterations;
  private final SecureRandom random = new SecureRandom();
  private final Supplier<Argon2Hash> nobodys;

  public Passwords(LoginsConfig config) {
    this.cost =
        new Argon2Hash.Cost((int) (config.hashMemoryBytes() >> 10), config.hashIterations(), 1);
    this.scramHashes = config.scramHashes();
    this.scramIterations = config.scramIterations();
    this.room = new Semaphore(config.hashThreads() + config.waitingMax());
    this.threads =
        new ThreadPoolExecutor(
            config.hashThreads(),
            config.hashThreads(),
            THREAD_REST.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("password-", 1).factory());
    threads.allowCoreThreadTimeOut(true);
    String nobody = Long.toHexString(random.nextLong());
    this.nobodys = Suppliers.memoize(() -> Argon2Hash.make(nobody, cost, random));
  }

  /// What is to be stored of a new password; `before` is what was stored of the old one. Waits for
  /// a thread as long as it takes.
  LoginSecrets secrets(Password password, Optional<LoginSecrets> before) {
    LoginSecrets base = salted(before);
    return switch (password) {
      case Password.Hashed(String phc) -> base.withPassword(phc, List.of());
      case Password.Clear(String text) ->
          await(
              threads.submit(() ->
                  base.withPassword(
                      Argon2Hash.make(normalized(text), cost, random).toString(),
                      ScramKeys.all(scramHashes, text, base.salt(), base.iterations()))));
    };
  }

  /// The same password hashed anew.
  String hash(String password) {
    return await(
        threads.submit(() -> Argon2Hash.make(normalized(password), cost, random).toString()));
  }

  /// What is to be stored of an app password with this text.
  LoginSecrets.App app(AppPassword shown, String text, LoginSecrets salted) {
    return await(
        threads.submit(() ->
            new LoginSecrets.App(
                shown,
                salted.digest(text),
                ScramKeys.all(scramHashes, text, salted.salt(), salted.iterations()))));
  }

  /// With a salt of its own; with another one than before, unless there are keys that were made
  /// with that one and stay.
  LoginSecrets salted(Optional<LoginSecrets> before) {
    LoginSecrets base = before.orElseGet(() -> LoginSecrets.ofHash(""));
    return base.apps().isEmpty() ? base.withSalt(fresh(SALT_BYTES), scramIterations) : base;
  }

  byte[] fresh(int bytes) {
    var fresh = new byte[bytes];
    random.nextBytes(fresh);
    return fresh;
  }

  int scramIterations() {
    return scramIterations;
  }

  /// Whether `password` is the one of `phc`; empty when too many wait. Without `phc` it takes the
  /// same time, and is not.
  Optional<Boolean> matches(String password, Optional<String> phc) {
    if (!room.tryAcquire()) {
      return Optional.empty();
    }
    try {
      return Optional.of(await(threads.submit(() -> check(password, phc))));
    } finally {
      room.release();
    }
  }

  private boolean check(String password, Optional<String> phc) {
    Optional<Argon2Hash> hash = phc.flatMap(Argon2Hash::parse);
    boolean matches =
        hash.orElseGet(nobodys).matches(password.length() > LENGTH_MAX ? "" : normalized(password));
    return matches && hash.isPresent();
  }

  /// Whether new hashes cost more to guess than this one.
  boolean isOutdated(String phc) {
    return Argon2Hash.parse(phc).filter(hash -> hash.cost().isLessThan(cost)).isPresent();
  }

  /// The same letters typed on different devices are the same password (RFC 8265 §4.2.2).
  static String normalized(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  @Override
  public void close() {
    threads.shutdown();
  }

  private static <T> T await(Future<T> result) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (ExecutionException failure) {
          throw new IllegalStateException("A password could not be hashed", failure.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
