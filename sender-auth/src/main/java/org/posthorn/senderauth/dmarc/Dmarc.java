package org.posthorn.senderauth.dmarc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Dns.Answer;
import org.posthorn.senderauth.dmarc.DmarcResult.Applied;
import org.posthorn.senderauth.dmarc.DmarcResult.Outcome;

/// Judges messages by DMARC. Safe for use by many threads.
public final class Dmarc {
  private static final int PERCENT_MAX = 100;

  /// More signers than DKIM verifies signatures are not compared.
  private static final int SIGNERS_MAX = 10;

  /// For all authors of a message that has several.
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Dns dns;
  private final IntSupplier percentage;
  private final Duration limit;

  /// `percentage` draws 0 to 99: some policies are for a part of the mail (RFC 7489 §6.6.4).
  public Dmarc(Dns dns, IntSupplier percentage) {
    this(dns, percentage, LIMIT);
  }

  Dmarc(Dns dns, IntSupplier percentage, Duration limit) {
    this.dns = dns;
    this.percentage = percentage;
    this.limit = limit;
  }

  /// What has passed: the domain of SPF if it did, and those of signatures. Names in ASCII and
  /// lower case.
  public record Passed(Optional<String> spf, List<String> signers) {
    static final Passed NOTHING = new Passed(Optional.empty(), List.of());

    public Passed {
      signers = signers.stream().distinct().limit(SIGNERS_MAX).toList();
    }

    boolean isNothing() {
      return spf.isEmpty() && signers.isEmpty();
    }
  }

  /// As if the DNS had answered all that SPF and DKIM wanted to know.
  public DmarcResult check(Authors authors, Passed passed) {
    return check(authors, passed, Passed.NOTHING);
  }

  /// A message of several authors passes if it does for each; else it is judged by the strictest.
  /// `unknown` could not be found out, as the DNS was silent: what would have passed with one of
  /// those has not failed.
  public DmarcResult check(Authors authors, Passed passed, Passed unknown) {
    if (authors.isMalformed()) {
      return DmarcResult.without(Outcome.PERMERROR, "", authors.malformed());
    }
    List<String> domains = authors.domains();
    return domains.size() == 1
        ? checked(domains.getFirst(), passed, unknown)
        : strictest(domains, passed, unknown);
  }

  /// All authors at the same time, in a limited one, and no longer than until one is found whose
  /// mail is to be refused: slow servers of one author do not keep off the policy of another.
  private DmarcResult strictest(List<String> authors, Passed passed, Passed unknown) {
    var checks =
        new ExecutorCompletionService<DmarcResult>(
            check -> Thread.ofVirtual().name("dmarc").start(check));
    authors.forEach(author -> checks.submit(() -> checked(author, passed, unknown)));
    Map<String, DmarcResult> results = new HashMap<>();
    long end = System.nanoTime() + limit.toNanos();
    while (results.size() < authors.size()) {
      Optional<DmarcResult> next = next(checks, end - System.nanoTime());
      if (next.isEmpty()) {
        break;
      }
      if (next.get().failed() && next.get().asked() == DmarcPolicy.REJECT) {
        return next.get();
      }
      results.put(next.get().author(), next.get());
    }
    Optional<DmarcResult> worst = Optional.empty();
    for (String author : authors) {
      DmarcResult result = results.getOrDefault(author, tooSlow(author));
      worst = worst.filter(other -> !isWorse(result, other)).or(() -> Optional.of(result));
    }
    return worst.orElseThrow();
  }

  private static DmarcResult tooSlow(String author) {
    return DmarcResult.without(
        Outcome.TEMPERROR, author, "the servers of " + author + " are too slow");
  }

  /// Empty when the time is over.
  private static Optional<DmarcResult> next(CompletionService<DmarcResult> checks, long nanos) {
    try {
      Future<DmarcResult> next = checks.poll(nanos, TimeUnit.NANOSECONDS);
      return next == null ? Optional.empty() : Optional.of(next.get());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /// Whether two domains belong to the same; empty where the DNS is silent.
  public Optional<Boolean> isOneOrganization(String one, String other) {
    try {
      return Optional.of(
          one.equals(other)
              || TreeWalk.from(one, dns)
                  .organization()
                  .equals(TreeWalk.from(other, dns).organization()));
    } catch (TreeWalk.Silence _) {
      return Optional.empty();
    }
  }

  /// Whether some receiver could take two domains for the same organization, by the tree of the DNS
  /// or by the list of public suffixes; true too where the DNS is silent.
  public boolean couldBeAligned(String one, String other) {
    try {
      return !Collections.disjoint(
          TreeWalk.from(one, dns).organizations(), TreeWalk.from(other, dns).organizations());
    } catch (TreeWalk.Silence _) {
      return true;
    }
  }

  /// By what is asked for; then a failure is worse than what is not known, and that than a pass.
  private static boolean isWorse(DmarcResult one, DmarcResult other) {
    if (one.asked() != other.asked()) {
      return one.asked().compareTo(other.asked()) > 0;
    }
    return one.failed() ? !other.failed() : other.outcome() == Outcome.PASS;
  }

  private DmarcResult checked(String author, Passed passed, Passed unknown) {
    try {
      TreeWalk walk = TreeWalk.from(author, dns);
      Optional<TreeWalk.Found> policy = walk.policy();
      return policy.isEmpty()
          ? DmarcResult.without(Outcome.NONE, author, author + " publishes no policy")
          : judged(author, walk, policy.get(), passed, unknown);
    } catch (TreeWalk.Silence e) {
      return DmarcResult.without(Outcome.TEMPERROR, author, e.why());
    }
  }

  private DmarcResult judged(
      String author, TreeWalk walk, TreeWalk.Found policy, Passed passed, Passed unknown) {
    DmarcRecord record = policy.record();
    Optional<Applied> applied = Optional.of(new Applied(policy.domain(), record));
    Optional<String> silence;
    try {
      Passed aligned = aligned(passed, author, walk, record);
      if (!aligned.isNothing()) {
        return new DmarcResult(
            Outcome.PASS,
            author,
            DmarcPolicy.NONE,
            applied,
            aligned.spf.isPresent(),
            aligned.signers,
            "");
      }
      Passed perhaps = aligned(unknown, author, walk, record);
      silence =
          perhaps.isNothing()
              ? Optional.empty()
              : Optional.of(who(perhaps) + " could not be checked now");
    } catch (TreeWalk.Silence e) {
      silence = Optional.of(e.why());
    }
    return new DmarcResult(
        silence.isEmpty() ? Outcome.FAIL : Outcome.TEMPERROR,
        author,
        inForce(published(author, policy), record),
        applied,
        false,
        List.of(),
        silence.orElseGet(() -> reason(author, passed)));
  }

  /// Those that are for the author's organization. Of whom the DNS says nothing matters only where
  /// nobody else is: one that is silent hides no other that passes.
  private Passed aligned(Passed some, String author, TreeWalk walk, DmarcRecord record)
      throws TreeWalk.Silence {
    Optional<TreeWalk.Silence> silence = Optional.empty();
    Optional<String> spf = Optional.empty();
    try {
      if (some.spf.isPresent() && isAligned(some.spf.get(), author, walk, record.strictSpf())) {
        spf = some.spf;
      }
    } catch (TreeWalk.Silence e) {
      silence = Optional.of(e);
    }
    List<String> signers = new ArrayList<>();
    for (String signer : some.signers) {
      try {
        if (isAligned(signer, author, walk, record.strictDkim())) {
          signers.add(signer);
        }
      } catch (TreeWalk.Silence e) {
        silence = Optional.of(e);
      }
    }
    var aligned = new Passed(spf, signers);
    if (aligned.isNothing() && silence.isPresent()) {
      throw silence.get();
    }
    return aligned;
  }

  private boolean isAligned(String domain, String author, TreeWalk walk, boolean strictly)
      throws TreeWalk.Silence {
    if (strictly || domain.equals(author)) {
      return domain.equals(author);
    }
    String organization = walk.organization();
    return (domain.equals(organization) || domain.endsWith("." + organization))
        && TreeWalk.from(domain, dns).organization().equals(organization);
  }

  private DmarcPolicy published(String author, TreeWalk.Found policy) {
    if (policy.domain().equals(author)) {
      return policy.record().policy();
    }
    boolean isMissing = dns.ipv4Addresses(author) instanceof Answer.NoSuchName<?>;
    return isMissing ? policy.record().missing() : policy.record().subdomains();
  }

  private DmarcPolicy inForce(DmarcPolicy published, DmarcRecord record) {
    boolean isSpared =
        record.testing()
            || (record.percent() < PERCENT_MAX && percentage.getAsInt() >= record.percent());
    return isSpared ? published.milder() : published;
  }

  private static String reason(String author, Passed passed) {
    return passed.isNothing()
        ? "neither SPF nor DKIM passed"
        : "passed only " + who(passed) + ", which is not " + author;
  }

  /// The first of some.
  private static String who(Passed some) {
    return some.spf
        .map(domain -> "SPF for " + domain)
        .orElseGet(() -> "DKIM for " + some.signers.getFirst());
  }
}
