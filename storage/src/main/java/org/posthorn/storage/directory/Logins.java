package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.base.Suppliers;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks passwords (Argon2id), on a few threads of its own, and slows down guessing per address
/// and login without locking out whoever knows the password. Safe for use by many threads.
///
/// A password that was right is remembered for a while, as a keyed digest that is of no use outside
/// this process. The same login from many connections at the same time is checked once.
public final class Logins implements LoginCheck {
  private static final Logger log = LoggerFactory.getLogger(Logins.class);
  private static final int REMEMBERED_MAX = 100_000;
  private static final int RFC822_NAME = 1;
  private static final int LOGIN_LENGTH_MAX = 320;
  private static final Duration WHEN_BUSY = Duration.ofSeconds(2);
  private static final LoginResult REFUSED = new LoginResult.Refused();

  private final Directory directory;
  private final UserSecrets stored;
  private final Passwords passwords;
  private final BackOff backOff;
  private final BackOffSaver saver;
  private final Guesses guesses;
  private final LoginAttacks attacks;
  private final AppPasswords appPasswords;
  private final InstantSource clock;
  private final List<Mechanism> mechanisms;
  private final Supplier<byte[]> pepper;
  private final Optional<TokenCheck> tokens;
  private final Optional<String> defaultDomain;
  private final SecretKeySpec key;
  private final Cache<String, Remembered> remembered;
  private final Map<Try, FutureTask<LoginResult>> underWay = new ConcurrentHashMap<>();

  private record Remembered(String digest, long stamp) {}

  /// `stamp` is of the password that counts.
  private record Try(
      String login, String digest, Optional<Long> stamp, InetAddress from, Service service) {}

  public Logins(
      Directory directory, Passwords passwords, LoginsConfig config, InstantSource clock) {
    this(directory, passwords, config, clock, Optional.empty());
  }

  /// Where there is an identity provider, its tokens count as well.
  public Logins(
      Directory directory,
      Passwords passwords,
      LoginsConfig config,
      InstantSource clock,
      Optional<TokenCheck> tokens) {
    this.tokens = tokens;
    this.directory = directory;
    this.stored = directory.secrets();
    this.passwords = passwords;
    this.pepper = Suppliers.memoize(directory.loginRows()::pepper);
    this.backOff = new BackOff(config, clock, pepper);
    this.saver = new BackOffSaver(backOff, directory.loginRows());
    saver.restore();
    this.guesses = new Guesses(clock);
    this.attacks = new LoginAttacks(backOff, saver, guesses, clock);
    this.appPasswords = new AppPasswords(directory, passwords, clock);
    this.clock = clock;
    this.mechanisms = config.mechanisms();
    this.defaultDomain = config.defaultDomain();
    this.key = new SecretKeySpec(passwords.fresh(32), "HmacSHA256");
    long start = clock.millis();
    this.remembered =
        Caffeine.newBuilder()
            .maximumSize(REMEMBERED_MAX)
            .expireAfterWrite(config.remembered())
            .ticker(() -> (clock.millis() - start) * 1_000_000)
            .executor(Runnable::run)
            .build();
  }

  /// From now on who has to wait is saved, now and then, and has to wait after a restart too.
  public void start() {
    saver.start();
  }

  /// What waits to be saved is saved now.
  void save() {
    saver.save();
  }

  public void close() throws InterruptedException {
    saver.close();
  }

  /// Who guesses passwords.
  public LoginAttacks attacks() {
    return attacks;
  }

  /// Without a domain, `login` is looked up in the default domain. Blocks for about 70 ms CPU the
  /// first time, microseconds when the same password was right a short while ago, or is an app
  /// password.
  @Override
  public LoginResult check(String login, String password, Peer peer) {
    Name name = name(login);
    String digest = digest(name.text, password);
    Optional<Long> stamp = name.user.flatMap(stored::stamp);
    if (name.user.isPresent() && isRemembered(name.user.get(), name.text, digest)) {
      backOff.right(name.text, peer.address());
      return begun(new LoginResult.Welcome(name.user.get()), peer, stamp);
    }
    return begun(
        once(
            new Try(name.text, digest, stamp, peer.address(), peer.service()),
            () -> look(name, password, digest, peer)),
        peer,
        stamp);
  }

  private LoginResult look(Name name, String password, String digest, Peer peer) {
    Optional<LoginResult> throttled = throttled(name, peer);
    if (throttled.isPresent()) {
      return throttled.get();
    }
    Optional<User> user = name.user;
    Optional<Long> stamp = user.flatMap(stored::stamp);
    Optional<LoginSecrets> secrets = user.flatMap(stored::of);
    Optional<LoginSecrets.App> app = secrets.flatMap(known -> known.app(password));
    if (app.isPresent()) {
      return withApp(user.orElseThrow(), name, app.get(), peer, digest);
    }
    Optional<String> hash = secrets.filter(LoginSecrets::hasPassword).map(LoginSecrets::hash);
    Optional<Boolean> matches = passwords.matches(password, hash);
    if (matches.isEmpty()) {
      backOff.notLookedAt(name.text, peer.address());
      return new LoginResult.Throttled(WHEN_BUSY);
    }
    if (!matches.get() || user.isEmpty() || stamp.isEmpty()) {
      return wrong(name, peer, digest);
    }
    backOff.right(name.text, peer.address());
    remembered.put(name.text, new Remembered(digest, stamp.get()));
    if (hash.filter(passwords::isOutdated).isPresent()) {
      rehash(user.get(), stamp.get(), password);
    }
    return new LoginResult.Welcome(user.get());
  }

  /// What whoever may not even try is told.
  private Optional<LoginResult> throttled(Name name, Peer peer) {
    Duration wait = backOff.enter(name.text, peer.address());
    if (!wait.isPositive()) {
      return Optional.empty();
    }
    guesses.refused(name.known, peer.address());
    return Optional.of(new LoginResult.Throttled(wait));
  }

  /// Trouble with the store is no reason to refuse somebody: the next login tries again.
  private void rehash(User user, long stamp, String password) {
    try {
      stored.rehash(user, stamp, password);
    } catch (StorageUnavailable | DirectoryException e) {
      log.atWarn().addKeyValue("login", user.login()).setCause(e).log("password not hashed anew");
    }
  }

  private LoginResult withApp(
      User user, Name name, LoginSecrets.App app, Peer peer, String secret) {
    if (!app.shown().allows(peer.service(), clock.instant())) {
      return wrong(name, peer, secret);
    }
    backOff.right(name.text, peer.address());
    appPasswords.used(user, app.shown(), peer);
    return new LoginResult.Welcome(user, app.shown().id());
  }

  /// Of a proof nobody can tell whether it is of the same password as the one before.
  private LoginResult wrong(Name name, Peer peer) {
    return wrong(name, peer, "");
  }

  private LoginResult wrong(Name name, Peer peer, String secret) {
    guesses.wrong(name.known, peer.address());
    backOff.wrong(name.text, peer.address(), secret);
    return REFUSED;
  }

  /// Who is not there, or has no keys of this kind, is told a salt that is made up and stays.
  @Override
  public ScramTry scram(ScramHash hash, String login, Peer peer) {
    Name name = name(login);
    Optional<LoginSecrets> secrets =
        name.known.flatMap(stored::of).filter(known -> known.hasKeys(hash));
    byte[] salt =
        secrets
            .map(LoginSecrets::salt)
            .orElseGet(() ->
                Arrays.copyOf(
                    ScramHash.SHA_256.hmac(pepper.get(), name.text.getBytes(UTF_8)),
                    Passwords.SALT_BYTES));
    int iterations = secrets.map(LoginSecrets::iterations).orElse(passwords.scramIterations());
    return new ScramTry(
        salt, iterations, (message, proof) -> judge(hash, name, message, proof, peer));
  }

  /// From now on the session can be ended. What ended sessions while the password was looked at has
  /// not seen this one: it is looked at again. `stamp` is that of the password before it was looked
  /// at; empty where it was none.
  private LoginResult begun(LoginResult result, Peer peer, Optional<Long> stamp) {
    if (!(result instanceof LoginResult.Welcome(User user, int app))) {
      return result;
    }
    directory.sessions().begun(user, app, peer);
    boolean isOfNow = stamp.isEmpty() || stamp.equals(stored.stamp(user));
    if (isStillIn(user, app) && (isOfNow || app != LoginSessions.NO_APP)) {
      return result;
    }
    directory.sessions().over(peer);
    return REFUSED;
  }

  private boolean isStillIn(User user, int app) {
    boolean mayLogIn =
        directory
            .user(user.login())
            .filter(now -> now.enabled() && now.account().equals(user.account()))
            .isPresent();
    return mayLogIn && (app == LoginSessions.NO_APP || hasApp(user, app));
  }

  private boolean hasApp(User user, int id) {
    return appPasswords.of(user).stream().anyMatch(app -> app.id() == id);
  }

  private ScramTry.Verdict judge(
      ScramHash hash, Name name, byte[] message, byte[] proof, Peer peer) {
    Optional<LoginResult> throttled = throttled(name, peer);
    if (throttled.isPresent()) {
      return ScramTry.Verdict.of(throttled.get());
    }
    Optional<Long> stamp = name.user.flatMap(stored::stamp);
    Optional<LoginSecrets> secrets = name.user.flatMap(stored::of);
    if (secrets.isEmpty()) {
      return ScramTry.Verdict.of(wrong(name, peer));
    }
    User user = name.user.orElseThrow();
    LoginSecrets known = secrets.get();
    Optional<byte[]> signature =
        known.hasPassword() ? signature(known.keys(), hash, message, proof) : Optional.empty();
    if (signature.isPresent()) {
      backOff.right(name.text, peer.address());
      return new ScramTry.Verdict(begun(new LoginResult.Welcome(user), peer, stamp), signature);
    }
    for (LoginSecrets.App app : known.apps()) {
      signature = signature(app.keys(), hash, message, proof);
      if (signature.isPresent()) {
        LoginResult result = begun(withApp(user, name, app, peer, ""), peer, stamp);
        return new ScramTry.Verdict(result, signature);
      }
    }
    return ScramTry.Verdict.of(wrong(name, peer));
  }

  private static Optional<byte[]> signature(
      List<ScramKeys> keys, ScramHash hash, byte[] message, byte[] proof) {
    return keys.stream()
        .filter(each -> each.hash() == hash)
        .findFirst()
        .flatMap(each -> each.signature(message, proof));
  }

  @Override
  public LoginResult token(String login, String token, Peer peer) {
    Name name = name(login);
    Optional<LoginResult> throttled = throttled(name, peer);
    if (throttled.isPresent()) {
      return throttled.get();
    }
    return switch (tokens.orElseThrow().check(token)) {
      case TokenCheck.Answer.Good(String whose) -> {
        Optional<User> user = name(whose).user;
        boolean itsOwner = login.isEmpty() || user.equals(name.user);
        if (user.isEmpty() || !itsOwner) {
          yield wrong(name, peer, token);
        }
        backOff.right(name.text, peer.address());
        yield begun(new LoginResult.Welcome(user.get()), peer, Optional.empty());
      }
      case TokenCheck.Answer.Bad _ -> wrong(name, peer, token);
      case TokenCheck.Answer.Unknown _ -> {
        backOff.notLookedAt(name.text, peer.address());
        yield new LoginResult.Throttled(WHEN_BUSY);
      }
    };
  }

  /// The addresses in the certificate (subjectAltName, RFC 5280 §4.2.1.6) are logins.
  @Override
  public LoginResult external(String login, Peer peer) {
    List<User> owners =
        peer.certificate().map(Logins::addresses).orElse(List.of()).stream()
            .map(address -> name(address).user)
            .flatMap(Optional::stream)
            .toList();
    Name name = name(login);
    Optional<User> user =
        login.isEmpty() ? owners.stream().findFirst() : name.user.filter(owners::contains);
    return user.isPresent()
        ? begun(new LoginResult.Welcome(user.get()), peer, Optional.empty())
        : wrong(name, peer);
  }

  private static List<String> addresses(X509Certificate certificate) {
    try {
      return Stream.ofNullable(certificate.getSubjectAlternativeNames())
          .flatMap(Collection::stream)
          .filter(name -> name.getFirst().equals(RFC822_NAME))
          .map(name -> String.valueOf(name.get(1)))
          .toList();
    } catch (CertificateParsingException _) {
      return List.of();
    }
  }

  @Override
  public Optional<TokenCheck> tokens() {
    return tokens;
  }

  @Override
  public List<Mechanism> mechanisms() {
    return mechanisms;
  }

  /// `known`: there is such a user; `user`: who may log in, too.
  private record Name(String text, Optional<User> known, Optional<User> user) {}

  private Name name(String login) {
    Optional<MailAddress> address = address(login);
    Optional<User> known = address.flatMap(directory::user);
    String text =
        known
            .map(user -> user.login().toString())
            .or(() -> address.map(a -> AddressBook.canonical(a).toString()))
            .orElse("");
    return new Name(text, known, known.filter(User::enabled).filter(user -> !user.shared()));
  }

  private boolean isRemembered(User user, String name, String digest) {
    Remembered known = remembered.getIfPresent(name);
    return known != null
        && known.digest.equals(digest)
        && stored.stamp(user).filter(stamp -> stamp == known.stamp).isPresent();
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
      mac.update(name.getBytes(UTF_8));
      mac.update((byte) 0);
      return HexFormat.of().formatHex(mac.doFinal(Passwords.normalized(password).getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
