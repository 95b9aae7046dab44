package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The MTA-STS policies of the domains that we send to (RFC 8461). A policy that was seen once
/// counts until it is over, over restarts and whatever the DNS says meanwhile: otherwise somebody
/// in between could make it go away. Fetched when a domain publishes a new id, and again long
/// before it is over. Safe for use by many threads.
final class StsPolicies {
  private static final Logger log = LoggerFactory.getLogger(StsPolicies.class);
  private static final String MEMORY = "mta-sts";

  /// The servers of a policy that has too many for one memory, in pieces.
  private static final String MORE = "mta-sts-servers";

  private static final int TEXT_MAX = 4_000;
  private static final Duration REFRESH_EVERY = Duration.ofHours(1);
  private static final Duration REFRESH_AFTER = Duration.ofDays(1);

  /// A policy that could not be fetched is not asked for again so soon (RFC 8461 §3.3).
  private static final Duration FAILED_FOR = Duration.ofMinutes(5);

  private static final int FAILED_MAX = 10_000;

  private final Dns dns;
  private final StsFetch fetch;
  private final Memories memories;
  private final InstantSource clock;
  private final TlsOutcomes outcomes;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, CompletableFuture<Optional<Known>>> underway =
      new ConcurrentHashMap<>();
  private final Map<String, Instant> failed =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
          return size() > FAILED_MAX;
        }
      };

  /// A policy, the id under which the domain published it, and since when we have it.
  record Known(String id, Instant since, StsPolicy policy) {
    private static final String FORM = "1";

    /// With the servers elsewhere: instead of them, where, and in how many pieces.
    private static final String IN_PIECES = "2";

    String toText() {
      return text(FORM, String.join(" ", policy.servers()));
    }

    String toText(String place, int pieces) {
      return text(IN_PIECES, place + " " + pieces);
    }

    private String text(String form, String servers) {
      return String.join(
          " ",
          form,
          id,
          Long.toString(since.getEpochSecond()),
          policy.mode().name(),
          Long.toString(policy.maxAge().toSeconds()),
          servers);
    }

    /// None if a newer program wrote it, or a piece is lost: it is fetched again. `piece` finds a
    /// piece of servers by its name.
    static Optional<Known> of(String text, Function<String, Optional<String>> piece) {
      List<String> words = List.of(text.strip().split(" ", -1));
      boolean isWhole = words.getFirst().equals(FORM) && words.size() >= 5;
      boolean isInPieces = words.getFirst().equals(IN_PIECES) && words.size() == 7;
      if (!isWhole && !isInPieces) {
        return Optional.empty();
      }
      List<String> servers = new ArrayList<>(isWhole ? words.subList(5, words.size()) : List.of());
      for (int n = 0; isInPieces && n < Integer.parseInt(words.get(6)); n++) {
        Optional<String> found = piece.apply(words.get(5) + n);
        if (found.isEmpty()) {
          return Optional.empty();
        }
        servers.addAll(List.of(found.get().split(" ", -1)));
      }
      return Optional.of(
          new Known(
              words.get(1),
              Instant.ofEpochSecond(Long.parseLong(words.get(2))),
              new StsPolicy(
                  StsPolicy.Mode.valueOf(words.get(3)),
                  servers,
                  Duration.ofSeconds(Long.parseLong(words.get(4))))));
    }
  }

  StsPolicies(
      Dns dns, StsFetch fetch, Memories memories, InstantSource clock, TlsOutcomes outcomes) {
    this.outcomes = outcomes;
    this.dns = dns;
    this.fetch = fetch;
    this.memories = memories;
    this.clock = clock;
  }

  /// The policy of a domain, none if it has none or we cannot know it (§5). Waits for it to be
  /// fetched, if it is new.
  Optional<StsPolicy> of(String domain) {
    Optional<Known> known = known(domain);
    Optional<String> id = StsPolicy.id(dns.texts("_mta-sts." + domain).found());
    if (id.isPresent() && !known.map(Known::id).equals(id) && !hasFailed(domain)) {
      known = fetched(domain, id.get(), /* forMail= */ true).or(() -> known(domain));
    }
    return known.map(Known::policy).filter(policy -> policy.mode() != StsPolicy.Mode.NONE);
  }

  private Optional<Known> known(String domain) {
    return memories.find(MEMORY, domain).flatMap(text -> known(domain, text));
  }

  private Optional<Known> known(String domain, String text) {
    return Known.of(text, piece -> memories.find(MORE, domain + " " + piece));
  }

  /// Keeps a policy of any size (RFC 8461 §3.3: 64 KiB). The pieces of the one before stay until
  /// the new one is whole, so that there is always one.
  private void keep(String domain, Known known) {
    Duration maxAge = known.policy().maxAge();
    String whole = known.toText();
    if (whole.length() <= TEXT_MAX) {
      memories.update(MEMORY, domain, maxAge, _ -> Optional.of(whole));
      return;
    }
    String place =
        memories.find(MEMORY, domain).filter(text -> text.matches("2 .* a [0-9]+")).isPresent()
            ? "b"
            : "a";
    List<String> pieces = pieces(known.policy().servers());
    for (int n = 0; n < pieces.size(); n++) {
      String piece = pieces.get(n);
      memories.update(MORE, domain + " " + place + n, maxAge, _ -> Optional.of(piece));
    }
    memories.update(MEMORY, domain, maxAge, _ -> Optional.of(known.toText(place, pieces.size())));
  }

  private static List<String> pieces(List<String> servers) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    for (String server : servers) {
      if (piece.length() + server.length() >= TEXT_MAX) {
        pieces.add(piece.toString());
        piece.setLength(0);
      }
      piece.append(piece.isEmpty() ? "" : " ").append(server);
    }
    pieces.add(piece.toString());
    return pieces;
  }

  /// Fetches once, however many ask at the same time.
  private Optional<Known> fetched(String domain, String id, boolean forMail) {
    CompletableFuture<Optional<Known>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Known>> other = underway.putIfAbsent(domain, mine);
    if (other != null) {
      return other.join();
    }
    try {
      mine.complete(fetch(domain, id, forMail));
    } finally {
      underway.remove(domain, mine);
      mine.complete(Optional.empty());
    }
    return mine.join();
  }

  /// What fails for no mail is no session that failed (RFC 8460 §4.4): the policy is still there.
  private Optional<Known> fetch(String domain, String id, boolean forMail) {
    try {
      Known known = new Known(id, clock.instant(), fetch.fetch(domain));
      keep(domain, known);
      log.atDebug()
          .addKeyValue("domain", domain)
          .addKeyValue("mode", known.policy().mode().name().toLowerCase(Locale.ROOT))
          .log("mta-sts-policy");
      return Optional.of(known);
    } catch (IOException | IllegalArgumentException unusable) {
      log.atInfo()
          .addKeyValue("domain", domain)
          .addKeyValue("reason", Greeting.reason(unusable))
          .log("mta-sts-policy-not-fetched");
      if (forMail) {
        outcomes.session(
            Domain.of(domain),
            TlsOutcomes.Policy.UNKNOWN,
            Optional.of(
                TlsOutcomes.Failure.before(
                    TlsWatch.resultOfFetch(unusable), Greeting.reason(unusable))));
      }
      synchronized (failed) {
        failed.put(domain, clock.instant());
      }
      return Optional.empty();
    }
  }

  private boolean hasFailed(String domain) {
    synchronized (failed) {
      Instant at = failed.get(domain);
      return at != null && isWithin(at, FAILED_FOR);
    }
  }

  /// From now on policies are fetched again before they are over, also those of domains that get no
  /// mail meanwhile.
  void start() {
    Thread.ofVirtual()
        .name("mta-sts")
        .start(() -> {
          try {
            while (!closed.await(REFRESH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
              tryRefresh();
            }
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void tryRefresh() {
    try {
      refresh();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("mta-sts-refresh-failed");
    }
  }

  void close() {
    closed.countDown();
  }

  /// Fetches what is a day old, or half as old as it may get. What a domain has taken out of the
  /// DNS is left to end by itself; what fails stays as it is.
  void refresh() {
    List<String> due = new ArrayList<>();
    memories.forEach(
        MEMORY,
        (domain, text) -> {
          if (known(domain, text).filter(this::isDue).isPresent()) {
            due.add(domain);
          }
        });
    for (String domain : due) {
      if (closed.getCount() == 0) {
        return;
      }
      refresh(domain);
    }
  }

  private void refresh(String domain) {
    Optional<Known> known = known(domain);
    Dns.Answer<String> texts = dns.texts("_mta-sts." + domain);
    Optional<String> id = texts.isUnknown() ? known.map(Known::id) : StsPolicy.id(texts.found());
    if (known.isPresent() && id.isPresent()) {
      fetched(domain, id.get(), /* forMail= */ false);
    }
  }

  private boolean isDue(Known known) {
    Duration half = known.policy().maxAge().dividedBy(2);
    Duration after = half.compareTo(REFRESH_AFTER) < 0 ? half : REFRESH_AFTER;
    return !isWithin(known.since(), after);
  }

  /// Whether it is so long since `at`, or less. What is yet to come was before the clock was set
  /// back: nobody knows how long that is.
  private boolean isWithin(Instant at, Duration time) {
    Instant now = clock.instant();
    return !at.isAfter(now) && now.isBefore(at.plus(time));
  }
}
