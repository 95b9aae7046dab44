package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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

  private final Dns dns;
  private final IntSupplier percentage;

  /// `percentage` draws 0 to 99: some policies are for a part of the mail (RFC 7489 §6.6.4).
  public Dmarc(Dns dns, IntSupplier percentage) {
    this.dns = dns;
    this.percentage = percentage;
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
    DmarcResult worst = checked(authors.domains().getFirst(), passed, unknown);
    for (String author : authors.domains().subList(1, authors.domains().size())) {
      DmarcResult other = checked(author, passed, unknown);
      if (isWorse(other, worst)) {
        worst = other;
      }
    }
    return worst;
  }

  /// Whether two domains belong to the same; false too where the DNS is silent.
  public boolean isOneOrganization(String one, String other) {
    try {
      return one.equals(other)
          || TreeWalk.from(one, dns)
              .organization()
              .equals(TreeWalk.from(other, dns).organization());
    } catch (TreeWalk.Silence _) {
      return false;
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

  /// Those that are for the author's organization.
  private Passed aligned(Passed some, String author, TreeWalk walk, DmarcRecord record)
      throws TreeWalk.Silence {
    boolean spf =
        some.spf.isPresent() && isAligned(some.spf.get(), author, walk, record.strictSpf());
    List<String> signers = new ArrayList<>();
    for (String signer : some.signers) {
      if (isAligned(signer, author, walk, record.strictDkim())) {
        signers.add(signer);
      }
    }
    return new Passed(spf ? some.spf : Optional.empty(), signers);
  }

  private boolean isAligned(String domain, String author, TreeWalk walk, boolean strictly)
      throws TreeWalk.Silence {
    if (domain.equals(author)) {
      return true;
    }
    String organization = walk.organization();
    return !strictly
        && (domain.equals(organization) || domain.endsWith("." + organization))
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
