package org.posthorn.mailets.auth;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailets.auth.SenderAuthSettings.Enforcement;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.arc.ArcResult;
import org.posthorn.senderauth.arc.ArcSet;
import org.posthorn.senderauth.dmarc.DmarcObserver.Exemption;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.results.AuthenticationResults;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.senderauth.spf.SpfResult;

/// What becomes of mail by what was found about it: what the author's domain wants, as far as the
/// operator follows it. Immutable.
final class Policy {
  /// The property of DMARC's result that says what became of the mail.
  private static final String DISPOSITION = "disposition";

  private final SenderAuthSettings settings;

  Policy(SenderAuthSettings settings) {
    this.settings = settings;
  }

  sealed interface Ruling {
    record Refused(Verdict verdict) implements Ruling {}

    /// The client comes again when the DNS can be asked, perhaps.
    record Deferred(Verdict verdict) implements Ruling {}

    /// `quarantined`: it belongs into Junk.
    record Taken(boolean quarantined, String reason, Exemption exemption) implements Ruling {}
  }

  Verdict onSpfFail(SpfResult result, Map<String, String> notes) {
    String reason = "spf=fail: " + result.reason();
    return switch (settings.spfFail()) {
      case REFUSE -> {
        String said =
            result.explanation().map(text -> "; " + result.domain() + " says: " + text).orElse("");
        yield new Verdict.Refuse(
            550,
            "5.7.23",
            "%s does not send its mail from your address%s".formatted(result.domain(), said),
            reason);
      }
      case QUARANTINE -> {
        notes.put(Notes.DISPOSITION, Notes.QUARANTINE);
        yield new Verdict.Tag(notes, List.of(), reason);
      }
      case TAG -> new Verdict.Tag(notes, List.of(), reason);
    };
  }

  Ruling rule(Findings findings) {
    DmarcResult result = findings.dmarc();
    String found = findings.inShort();
    return switch (result.outcome()) {
      case PASS, NONE -> new Ruling.Taken(false, found, Exemption.NO);
      case PERMERROR -> malformed(result, found);
      case FAIL -> unproven(findings, found);
      case TEMPERROR ->
          result.applied().isEmpty()
              ? new Ruling.Taken(false, found, Exemption.NO)
              : unproven(findings, found);
    };
  }

  private Ruling malformed(DmarcResult result, String found) {
    return switch (settings.malformedFrom()) {
      case REFUSE ->
          new Ruling.Refused(
              new Verdict.Refuse(
                  550, "5.7.1", "The author is not clear: " + result.reason(), found));
      case QUARANTINE -> new Ruling.Taken(true, found, Exemption.NO);
      case TAG -> new Ruling.Taken(false, found, Exemption.NO);
    };
  }

  /// It failed; or what could prove it cannot be asked for now, and to take it for that would let
  /// everybody in who finds a name in that domain for which no server answers.
  private Ruling unproven(Findings findings, String found) {
    Exemption exemption = exemption(findings);
    if (exemption != Exemption.NO) {
      String why = exemption == Exemption.LOCAL_POLICY ? "local policy" : "trusted forwarder";
      return new Ruling.Taken(false, found + "; not held to it: " + why, exemption);
    }
    DmarcResult result = findings.dmarc();
    boolean isTesting = result.applied().filter(applied -> applied.record().testing()).isPresent();
    if (result.asked() == DmarcPolicy.NONE) {
      return new Ruling.Taken(false, found, isTesting ? Exemption.POLICY_TEST_MODE : Exemption.NO);
    }
    if (settings.dmarc() == Enforcement.REPORT) {
      return new Ruling.Taken(false, found, Exemption.LOCAL_POLICY);
    }
    boolean isRejected = result.asked() == DmarcPolicy.REJECT;
    return isRejected && settings.dmarc() == Enforcement.ENFORCE
        ? turnedAway(findings, found)
        : new Ruling.Taken(
            true, found + "; quarantined", isRejected ? Exemption.LOCAL_POLICY : Exemption.NO);
  }

  /// Nothing is refused for good that the DNS, when it answers, may yet have taken: it is silent
  /// about what would prove the mail, or about the seal of somebody who is believed.
  private Ruling turnedAway(Findings findings, String found) {
    DmarcResult result = findings.dmarc();
    boolean isSettled =
        !(findings.chain() instanceof ArcResult.Unknown(var sets, var _)
            && hadPassed(sets, result.author()));
    return result.failed() && isSettled
        ? new Ruling.Refused(
            new Verdict.Refuse(
                550,
                "5.7.26",
                "%s wants mail refused that is not proven to be from there (DMARC)"
                    .formatted(result.author()),
                found))
        : new Ruling.Deferred(
            new Verdict.Defer(
                451,
                "4.7.5",
                "The DNS does not say now whether this is from %s (DMARC), try again later"
                    .formatted(result.author()),
                found));
  }

  /// What DMARC says, with what became of it where that does not show by itself.
  static MethodResult withDisposition(DmarcResult result, boolean quarantined) {
    MethodResult said = result.toMethodResult();
    return quarantined || result.failed()
        ? said.with("policy", DISPOSITION, quarantined ? Notes.QUARANTINE : "none")
        : said;
  }

  /// Whether mail belongs into Junk by what another server of ours has found: as that one says, and
  /// if it says nothing, as the policy wants that it has found.
  boolean quarantines(List<MethodResult> results) {
    Optional<MethodResult> dmarc =
        results.stream().filter(result -> result.method().equals("dmarc")).findFirst();
    Optional<String> said = dmarc.flatMap(result -> result.property("policy", DISPOSITION));
    if (said.isPresent()) {
      return said.get().equalsIgnoreCase(Notes.QUARANTINE);
    }
    boolean isWanted =
        dmarc
            .filter(result -> result.result().equals(DmarcResult.Outcome.FAIL.word()))
            .flatMap(result -> result.property("policy", "dmarc"))
            .filter(wanted -> !wanted.equalsIgnoreCase(DmarcPolicy.NONE.word()))
            .isPresent();
    return isWanted
        && settings.dmarc() != Enforcement.REPORT
        && Notes.author(results)
            .filter(author -> isUnder(author, settings.exceptAuthors()))
            .isEmpty();
  }

  /// Why a policy is not followed.
  private Exemption exemption(Findings findings) {
    if (SenderAuth.isIn(settings.trustedForwarders(), findings.visitor().remote())
        || (findings.chain() instanceof ArcResult.Pass(var sets)
            && hadPassed(sets, findings.dmarc().author()))) {
      return Exemption.TRUSTED_FORWARDER;
    }
    return isUnder(findings.dmarc().author(), settings.exceptAuthors())
        ? Exemption.LOCAL_POLICY
        : Exemption.NO;
  }

  /// Whether a sealer that is trusted had found that DMARC passed for this author.
  private boolean hadPassed(List<ArcSet> sets, String author) {
    return ArcResult.witness(sets, sealer -> isUnder(sealer.ascii(), settings.trustedSealers()))
        .flatMap(witness -> AuthenticationResults.parse(witness.results()))
        .filter(found -> found.results().stream().anyMatch(result -> isPassFor(result, author)))
        .isPresent();
  }

  private static boolean isPassFor(MethodResult result, String author) {
    return result.method().equals("dmarc")
        && result.passed()
        && result.property("header", "from").filter(author::equalsIgnoreCase).isPresent();
  }

  private static boolean isUnder(String name, List<Domain> domains) {
    return domains.stream()
        .anyMatch(domain -> name.equals(domain.ascii()) || name.endsWith("." + domain.ascii()));
  }
}
