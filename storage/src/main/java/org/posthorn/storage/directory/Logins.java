package org.posthorn.storage.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Checks passwords (Argon2id), on a few threads of its own, and slows down guessing per address
/// and login without locking out whoever knows the password. Safe for use by many threads.
///
/// A password that was right is remembered for a while, as a keyed digest that is of no use outside
/// this process. The same login from many connections at the same time is checked once.
public final class Logins {
  private static final int REMEMBERED_MAX = 100_000;
  private static final int LOGIN_LENGTH_MAX = 320;
  private static final Duration WHEN_BUSY = Duration.ofSeconds(2);
  private static final LoginResult REFUSED = new LoginResult.Refused();

  private final Directory directory;
  private final Passwords passwords;
  private final BackOff backOff;
  private final Optional<String> defaultDomain;
  private final SecretKeySpec key;
  private final Cache<String, Remembered> remembered;
  private final Map<Try, FutureTask<LoginResult>> underWay = new ConcurrentHashMap<>();

  private record Remembered(String digest, long stamp) {}

  private record Try(String login, String digest, InetAddress from) {}

  public Logins(
      Directory directory, Passwords passwords, LoginsConfig config, InstantSource clock) {
    this.directory = directory;
    this.passwords = passwords;
    this.backOff = new BackOff(config, clock);
    this.defaultDomain = config.defaultDomain();
    var secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    this.key = new SecretKeySpec(secret, "HmacSHA256");
    long start = clock.millis();
    this.remembered =
        Caffeine.newBuilder()
            .maximumSize(REMEMBERED_MAX)
            .expireAfterWrite(config.remembered())
            .ticker(() -> (clock.millis() - start) * 1_000_000)
            .executor(Runnable::run)
            .build();
  }

  /// `login` is what the client sent; without a domain it is looked up in the default domain.
  /// Blocks for about 70 ms CPU the first time, microseconds when the same password was right a
  /// short while ago.
  public LoginResult check(String login, String password, InetAddress from) {
    Optional<MailAddress> address = address(login);
    Optional<User> user =
        address.flatMap(directory::user).filter(User::enabled).filter(found -> !found.shared());
    String name =
        user.map(known -> known.login().toString())
            .or(() -> address.map(a -> AddressBook.canonical(a).toString()))
            .orElse("");
    String digest = digest(name, password);
    if (user.isPresent() && isRemembered(user.get(), name, digest)) {
      backOff.right(name, from);
      return new LoginResult.Welcome(user.get());
    }
    return once(new Try(name, digest, from), () -> look(user, name, password, digest, from));
  }

  private LoginResult look(
      Optional<User> user, String name, String password, String digest, InetAddress from) {
    Duration wait = backOff.enter(name, from);
    if (wait.isPositive()) {
      return new LoginResult.Throttled(wait);
    }
    Optional<Long> stamp = user.flatMap(directory::stamp);
    Optional<String> hash = user.flatMap(directory::hash);
    Optional<Boolean> matches = passwords.matches(password, hash);
    if (matches.isEmpty()) {
      backOff.notLookedAt(name, from);
      return new LoginResult.Throttled(WHEN_BUSY);
    }
    if (!matches.get() || user.isEmpty() || stamp.isEmpty()) {
      backOff.wrong(from);
      return REFUSED;
    }
    backOff.right(name, from);
    remembered.put(name, new Remembered(digest, stamp.get()));
    if (hash.filter(passwords::isOutdated).isPresent()) {
      directory.rehash(user.get(), stamp.get(), password);
    }
    return new LoginResult.Welcome(user.get());
  }

  private boolean isRemembered(User user, String name, String digest) {
    Remembered known = remembered.getIfPresent(name);
    return known != null
        && known.digest.equals(digest)
        && directory.stamp(user).filter(stamp -> stamp == known.stamp).isPresent();
  }

  /// Tries that are the same wait for the first of them.
  private LoginResult once(Try which, Callable<LoginResult> look) {
    var mine = new FutureTask<>(look);
    FutureTask<LoginResult> first = underWay.putIfAbsent(which, mine);
    if (first != null) {
      return await(first);
    }
    try {
      mine.run();
      return await(mine);
    } finally {
      underWay.remove(which, mine);
    }
  }

  private static LoginResult await(FutureTask<LoginResult> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (ExecutionException failure) {
          throw failure.getCause() instanceof RuntimeException cause
              ? cause
              : new IllegalStateException(failure.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Optional<MailAddress> address(String login) {
    String trimmed = login.strip();
    if (trimmed.length() > LOGIN_LENGTH_MAX) {
      return Optional.empty();
    }
    return trimmed.indexOf('@') >= 0
        ? MailAddress.parse(trimmed)
        : defaultDomain
            .flatMap(Domain::parse)
            .flatMap(domain -> MailAddress.parse(trimmed + "@" + domain));
  }

  private String digest(String name, String password) {
    try {
      Mac mac = Mac.getInstance(key.getAlgorithm());
      mac.init(key);
      mac.update(name.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return HexFormat.of()
          .formatHex(mac.doFinal(Passwords.normalized(password).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
