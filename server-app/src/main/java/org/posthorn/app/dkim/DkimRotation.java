package org.posthorn.app.dkim;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.KeyAnswer;
import org.posthorn.senderauth.dkim.KeyQuestions;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.DomainKey.State;
import org.posthorn.storage.keys.DomainKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leads signing keys through their life. A new one waits until its record is seen in the DNS; from
/// then on it signs, and the one before it rests, for mail that it has signed is still under way.
/// When no queue has such mail any more, its record may go, and when it is gone, the key is
/// forgotten. Whether there is something to do is looked at every few minutes, on a thread of its
/// own, and whenever somebody asks. Safe for use by many threads.
///
/// Each step is one durable change of one key, so a crash in between only delays the next.
public final class DkimRotation implements AutoCloseable {
  /// A receiver may look at a signature late.
  private static final Duration LOOKED_AT_WITHIN = Duration.ofDays(2);

  static final int RSA_BITS = 2048;

  private static final Logger log = LoggerFactory.getLogger(DkimRotation.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(5);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyyMMdd");
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";

  private final DomainKeys keys;
  private final Dns dns;
  private final InstantSource clock;
  private final Duration restsFor;
  private final CountDownLatch closed = new CountDownLatch(1);

  /// `longestWait`: how long mail that is signed may wait in our queue.
  DkimRotation(DomainKeys keys, Dns dns, InstantSource clock, Duration longestWait) {
    this.restsFor = longestWait.plus(LOOKED_AT_WITHIN);
    this.keys = keys;
    this.dns = dns;
    this.clock = clock;
  }

  public void start() {
    Thread.ofVirtual().name("dkim-keys").start(this::run);
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void run() {
    try {
      while (!closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          look(keys.all());
        } catch (RuntimeException e) {
          log.atError().setCause(e).log("dkim-keys-failed");
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// All keys, or those of a domain.
  public List<DomainKey> list(Optional<Domain> domain) {
    return domain.map(keys::of).orElseGet(keys::all);
  }

  /// The TXT record of a key.
  public Optional<String> record(DomainKey key) {
    return signer(key).map(SigningKey::record);
  }

  /// A new key, or empty if the domain has one under `selector`.
  public Optional<DomainKey> create(
      Domain domain, Algorithm algorithm, Optional<String> selector, int rsaBits) {
    String name = selector.orElseGet(() -> freeSelector(domain, algorithm));
    SigningKey key = SigningKey.generate(name, algorithm, rsaBits);
    return keys.add(domain, name, algorithm.toString(), key.secret())
        ? keys.find(domain, name)
        : Optional.empty();
  }

  /// A new key for each way in which the domain signs; where one waits already, that one.
  public List<DomainKey> rotate(Domain domain) {
    List<DomainKey> next = new ArrayList<>();
    List<DomainKey> all = keys.of(domain);
    for (Algorithm algorithm : Algorithm.values()) {
      List<DomainKey> alike = all.stream().filter(key -> isOf(algorithm, key)).toList();
      Optional<DomainKey> waiting =
          alike.stream().filter(key -> key.state() == State.WAITING).findFirst();
      if (alike.stream().anyMatch(key -> key.state() == State.SIGNING)) {
        waiting
            .or(() -> create(domain, algorithm, Optional.empty(), RSA_BITS))
            .ifPresent(next::add);
      }
    }
    return next;
  }

  /// False if there is none.
  public boolean delete(Domain domain, String selector) {
    return keys.remove(domain, selector);
  }

  /// Asks the DNS and takes the steps that are due.
  public void look(List<DomainKey> some) {
    for (DomainKey key : some) {
      if (closed.getCount() > 0) {
        look(key);
      }
    }
  }

  private void look(DomainKey key) {
    switch (key.state()) {
      case WAITING -> {
        if (published(key) instanceof KeyAnswer.Found) {
          begin(key);
        }
      }
      case SIGNING -> {}
      case RESTING -> {
        if (!clock.instant().isBefore(restsUntil(key))) {
          move(key, State.SPENT);
        }
      }
      case SPENT -> {
        if (KeyQuestions.look(dns, recordName(key)) instanceof KeyAnswer.Refused) {
          var _ = keys.remove(key.domain(), key.selector());
          said(key, "forgotten");
        }
      }
    }
  }

  /// When the record of a resting key may go.
  public Instant restsUntil(DomainKey key) {
    return key.since().plus(restsFor);
  }

  public static String recordName(DomainKey key) {
    return key.selector() + "._domainkey." + key.domain();
  }

  /// What the DNS has under the name of this key. Another key there is as good as none.
  public KeyAnswer published(DomainKey key) {
    KeyAnswer answer = KeyQuestions.look(dns, recordName(key));
    return answer instanceof KeyAnswer.Found(var published)
            && signer(key).filter(own -> own.isPublishedAs(published)).isEmpty()
        ? new KeyAnswer.Refused("it is another key")
        : answer;
  }

  /// First the new one signs, then the old ones rest: with both for a moment, never with none.
  private void begin(DomainKey next) {
    move(next, State.SIGNING);
    for (DomainKey old : keys.of(next.domain())) {
      if (old.state() == State.SIGNING
          && old.algorithm().equals(next.algorithm())
          && !old.selector().equals(next.selector())) {
        move(old, State.RESTING);
      }
    }
  }

  private void move(DomainKey key, State state) {
    if (keys.move(key.domain(), key.selector(), state)) {
      said(key, state.name());
    }
  }

  private static void said(DomainKey key, String state) {
    log.atInfo()
        .addKeyValue("domain", key.domain())
        .addKeyValue("selector", key.selector())
        .addKeyValue("state", state)
        .log("dkim-key");
  }

  private Optional<SigningKey> signer(DomainKey key) {
    return keys.secret(key)
        .map(secret -> SigningKey.read(key.selector(), Algorithm.stored(key.algorithm()), secret));
  }

  /// `r20261127`, `e20261127`; a letter behind it for more on one day.
  private String freeSelector(Domain domain, Algorithm algorithm) {
    String day = DAY.format(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    String name = algorithm.keyType().charAt(0) + day;
    String free = name;
    for (int i = 0; i < LETTERS.length() && keys.find(domain, free).isPresent(); i++) {
      free = name + LETTERS.charAt(i);
    }
    return free;
  }

  private static boolean isOf(Algorithm algorithm, DomainKey key) {
    return key.algorithm().equals(algorithm.toString());
  }
}
