package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Slows down guessing. Wrong tries are counted for each login and network together, and for each
/// network alone; beyond the free ones, each makes the next one wait twice as long. A login that
/// was right from a network is trusted there: it waits for nothing, until it is wrong too often. So
/// somebody who guesses from elsewhere cannot lock its owner out.
///
/// Who guesses one login from very many networks is counted too: then those networks share a few
/// tries a minute. But the first try of each is looked at, since it may be the owner on a journey.
///
/// A network is forgiven one wrong try a minute, and a device that says its old password again and
/// again is one wrong try there; so it keeps nobody out who comes for the first time.
///
/// A [Network] and a login are known by keyed digests only, for people type passwords where a login
/// belongs, and so is what was tried last. Bounded; what a restart must not forget is told by
/// [#changed]. Safe for use by many threads.
final class BackOff {
  private static final int ENTRIES_MAX = 100_000;
  private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);
  private static final Duration TRUSTED_FOR = Duration.ofDays(30);

  /// Wrong tries after which a trusted login is trusted no more, as a multiple of the free ones.
  private static final int TRUST_FACTOR = 4;

  private static final int DOUBLINGS_MAX = 20;

  /// In this time a network has one wrong try less.
  private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(1);

  /// Between two tries of a login from networks where it was never right, when many were wrong.
  private static final Duration BETWEEN_TRIES_OF_LOGIN = Duration.ofSeconds(10);

  private final InstantSource clock;
  private final Supplier<byte[]> pepper;
  private final int freeTries;
  private final int freeTriesOfNetwork;
  private final Duration waitMax;
  private final Cache<Pair, Strikes> pairs;
  private final Cache<Long, Strikes> networks;
  private final Cache<Long, Strikes> logins;
  private final Cache<Pair, Boolean> trusted;
  private final Cache<Pair, Long> tried;
  private final AtomicBoolean changed = new AtomicBoolean();

  record Pair(long network, long login) {}

  /// Wrong tries, and from when on the next one is looked at. From then on a network is forgiven.
  record Strikes(int count, Instant until) {
    private static final Strikes NONE = new Strikes(0, Instant.MIN);
  }

  /// `pepper` stays the same for ever.
  BackOff(LoginsConfig config, InstantSource clock, Supplier<byte[]> pepper) {
    this.clock = clock;
    this.pepper = pepper;
    this.freeTries = config.wrongTriesFree();
    this.freeTriesOfNetwork = config.wrongTriesOfNetworkFree();
    this.waitMax = config.waitMax();
    this.pairs = table(FORGOTTEN_AFTER.plus(waitMax));
    this.networks = table(FORGOTTEN_AFTER.plus(waitMax));
    this.logins = table(FORGOTTEN_AFTER);
    this.trusted = table(TRUSTED_FOR);
    this.tried = table(FORGOTTEN_AFTER);
  }

  /// How long this try has to wait; zero when it may be looked at. Then it counts as wrong until
  /// [#right] says otherwise, so that many tries at the same time are not all free.
  Duration enter(String login, InetAddress from) {
    Pair pair = pair(login, from);
    Instant now = clock.instant();
    boolean isTrusted = trusted.getIfPresent(pair) != null;
    if (!isTrusted) {
      Strikes ofPair = pairs.getIfPresent(pair);
      Duration ofLogin =
          ofPair == null
              ? Duration.ZERO
              : wait(logins.getIfPresent(pair.login), freeTriesOfNetwork, now);
      Duration ofNetwork = wait(networks.getIfPresent(pair.network), freeTriesOfNetwork, now);
      Duration wait = longer(longer(wait(ofPair, freeTries, now), ofLogin), ofNetwork);
      if (wait.isPositive()) {
        return wait;
      }
    }
    Strikes after = strike(pairs, pair, freeTries, waitMax, now);
    note(after, freeTries);
    if (isTrusted && after.count > freeTries * TRUST_FACTOR) {
      trusted.invalidate(pair);
    }
    return Duration.ZERO;
  }

  void right(String login, InetAddress from) {
    Pair pair = pair(login, from);
    note(pairs.asMap().remove(pair), freeTries);
    if (trusted.asMap().put(pair, true) == null) {
      note(networks.getIfPresent(pair.network), freeTriesOfNetwork);
    }
  }

  private void note(@Nullable Strikes strikes, int free) {
    if (strikes != null && strikes.count > free) {
      changed.set(true);
    }
  }

  /// A try that was wrong counts for its network and for the login too, where it is not trusted and
  /// has not just said the same. Tokens need no login: those without one are nobody's. `secret` is
  /// what was tried, empty where that cannot be told (SCRAM).
  void wrong(String login, InetAddress from, String secret) {
    Pair pair = pair(login, from);
    if (trusted.getIfPresent(pair) != null || isSaidAgain(pair, secret)) {
      return;
    }
    Instant now = clock.instant();
    note(strikeNetwork(pair.network, now), freeTriesOfNetwork);
    if (!login.isEmpty()) {
      Duration between =
          BETWEEN_TRIES_OF_LOGIN.compareTo(waitMax) < 0 ? BETWEEN_TRIES_OF_LOGIN : waitMax;
      var _ = strike(logins, pair.login, freeTriesOfNetwork, between, now);
    }
  }

  private boolean isSaidAgain(Pair pair, String secret) {
    if (secret.isEmpty()) {
      return false;
    }
    long digest = digest(secret.getBytes(UTF_8));
    Long before = tried.asMap().put(pair, digest);
    return before != null && before == digest;
  }

  /// A try that was not looked at after all.
  void notLookedAt(String login, InetAddress from) {
    pairs
        .asMap()
        .computeIfPresent(
            pair(login, from),
            (_, strikes) -> new Strikes(Math.max(0, strikes.count - 1), strikes.until));
  }

  /// Who has to wait, and who is trusted although others there have to; empty when nothing of it
  /// has changed since this was asked before.
  Optional<SavedBackOff> changed() {
    return changed.getAndSet(false)
        ? Optional.of(
            SavedBackOff.of(
                waiting(pairs, freeTries),
                waiting(networks, freeTriesOfNetwork),
                trusted.asMap().keySet()))
        : Optional.empty();
  }

  private static <K> Map<K, Strikes> waiting(Cache<K, Strikes> all, int free) {
    return all.asMap().entrySet().stream()
        .filter(entry -> entry.getValue().count > free)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /// Until when nobody from a network is looked at but those who are trusted there, and until when
  /// some logins are not.
  record Wait(Optional<Instant> everybody, Optional<Instant> some) {
    private Wait and(Wait other) {
      return new Wait(later(everybody, other.everybody), later(some, other.some));
    }

    private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
      return Stream.of(one, other).flatMap(Optional::stream).max(Comparator.naturalOrder());
    }
  }

  /// From which networks (their digests) somebody has to wait now. To ask is no try, and keeps
  /// nothing from being forgotten.
  Map<Long, Wait> waits() {
    Instant now = clock.instant();
    Map<Long, Wait> all = new HashMap<>();
    for (var entry : networks.asMap().entrySet()) {
      Duration wait = wait(entry.getValue(), freeTriesOfNetwork, now);
      if (wait.isPositive()) {
        all.put(entry.getKey(), new Wait(Optional.of(now.plus(wait)), Optional.empty()));
      }
    }
    for (var entry : pairs.asMap().entrySet()) {
      Pair pair = entry.getKey();
      Duration wait = wait(pair, entry.getValue(), now);
      if (wait.isPositive()) {
        var some = new Wait(Optional.empty(), Optional.of(now.plus(wait)));
        all.merge(pair.network, some, Wait::and);
      }
    }
    return all;
  }

  /// Nobody who comes from there waits any more, and all tries are free again. False: nobody had to
  /// wait.
  boolean forgive(InetAddress from) {
    long network = network(Network.of(from));
    boolean waited = waits().containsKey(network);
    networks.invalidate(network);
    pairs.asMap().keySet().removeIf(pair -> pair.network == network);
    changed.set(true);
    return waited;
  }

  /// The login waits nowhere any more, but where everybody has to. False: it did not have to.
  boolean forgive(String login) {
    long digest = digest(login.getBytes(UTF_8));
    Instant now = clock.instant();
    boolean waited = false;
    for (var entry : pairs.asMap().entrySet()) {
      Pair pair = entry.getKey();
      waited |= pair.login == digest && wait(pair, entry.getValue(), now).isPositive();
    }
    logins.invalidate(digest);
    pairs.asMap().keySet().removeIf(pair -> pair.login == digest);
    changed.set(true);
    return waited;
  }

  /// It could not be saved: it will be told again.
  void unsaved() {
    changed.set(true);
  }

  /// What was known before the restart, without what would be forgotten by now.
  void restore(SavedBackOff saved) {
    Instant now = clock.instant();
    restore(saved.pairs(), pairs, now);
    restore(saved.networks(), networks, now);
    saved.trusted().forEach(pair -> trusted.put(pair, true));
  }

  private <K> void restore(Map<K, Strikes> from, Cache<K, Strikes> to, Instant now) {
    Instant latest = now.plus(waitMax);
    from.forEach((key, strikes) -> {
      if (strikes.until.plus(FORGOTTEN_AFTER).isAfter(now)) {
        Instant until = strikes.until.isAfter(latest) ? latest : strikes.until;
        to.put(key, new Strikes(strikes.count, until));
      }
    });
  }

  private Strikes strikeNetwork(long network, Instant now) {
    Strikes first = strike(Strikes.NONE, freeTriesOfNetwork, waitMax, now);
    return networks
        .asMap()
        .merge(
            network,
            first,
            (old, _) -> strike(forgiven(old, now), freeTriesOfNetwork, waitMax, now));
  }

  /// Who waits is forgiven nothing meanwhile. What adds nothing to the wait any more is no guilt.
  private Strikes forgiven(Strikes before, Instant now) {
    long less = Math.max(0, Duration.between(before.until, now).dividedBy(FORGIVEN_AFTER));
    int most = Math.min(before.count, freeTriesOfNetwork + DOUBLINGS_MAX);
    return new Strikes(
        (int) Math.max(0, most - less), before.until.plus(FORGIVEN_AFTER.multipliedBy(less)));
  }

  private static <K> Strikes strike(
      Cache<K, Strikes> all, K key, int free, Duration most, Instant now) {
    return all.asMap()
        .merge(
            key, strike(Strikes.NONE, free, most, now), (old, _) -> strike(old, free, most, now));
  }

  private static Strikes strike(Strikes before, int free, Duration most, Instant now) {
    int count = before.count + 1;
    if (count <= free) {
      return new Strikes(count, before.count == 0 ? now : before.until);
    }
    var wait = Duration.ofSeconds(1L << Math.min(DOUBLINGS_MAX, count - free - 1));
    return new Strikes(count, now.plus(wait.compareTo(most) > 0 ? most : wait));
  }

  /// However far ahead the clock was that counted them.
  private Duration wait(@Nullable Strikes strikes, int free, Instant now) {
    if (strikes == null || strikes.count <= free || !strikes.until.isAfter(now)) {
      return Duration.ZERO;
    }
    Duration left = Duration.between(now, strikes.until);
    return left.compareTo(waitMax) > 0 ? waitMax : left;
  }

  private Duration wait(Pair pair, Strikes strikes, Instant now) {
    if (trusted.asMap().containsKey(pair)) {
      return Duration.ZERO;
    }
    Strikes ofLogin = logins.policy().getIfPresentQuietly(pair.login);
    return longer(wait(strikes, freeTries, now), wait(ofLogin, freeTriesOfNetwork, now));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private Pair pair(String login, InetAddress from) {
    return new Pair(network(Network.of(from)), digest(login.getBytes(UTF_8)));
  }

  /// By what a network is known here.
  long network(Network network) {
    return digest(network.bytes());
  }

  private long digest(byte[] bytes) {
    return ByteBuffer.wrap(ScramHash.SHA_256.hmac(pepper.get(), bytes)).getLong();
  }

  private <K, V> Cache<K, V> table(Duration kept) {
    long start = clock.millis();
    return Caffeine.newBuilder()
        .maximumSize(ENTRIES_MAX)
        .expireAfterAccess(kept)
        .ticker(() -> (clock.millis() - start) * 1_000_000)
        .executor(Runnable::run)
        .build();
  }
}
