package org.posthorn.senderauth.dmarc;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.senderauth.results.MethodResult;

/// What DMARC says of a message.
///
/// @param author the domain of the author by which it was judged; of several the one that failed
/// @param asked what the domain wants to happen to a message such as this: nothing if it passed; of
///   one that could not be judged now (`TEMPERROR`) what it wants if it fails, as far as is known
/// @param applied where the policy was found; absent if there is none
/// @param alignedSpf whether SPF passed for the author's organization
/// @param alignedDkim the signing domains that passed for it
/// @param reason for people
public record DmarcResult(
    Outcome outcome,
    String author,
    DmarcPolicy asked,
    Optional<Applied> applied,
    boolean alignedSpf,
    List<String> alignedDkim,
    String reason) {
  /// The results of RFC 9989 §9.
  public enum Outcome {
    NONE,
    PASS,
    FAIL,
    TEMPERROR,
    PERMERROR;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A policy and the domain that publishes it.
  public record Applied(String domain, DmarcRecord record) {}

  public DmarcResult {
    alignedDkim = List.copyOf(alignedDkim);
  }

  static DmarcResult without(Outcome outcome, String author, String reason) {
    return new DmarcResult(
        outcome, author, DmarcPolicy.NONE, Optional.empty(), false, List.of(), reason);
  }

  public boolean failed() {
    return outcome == Outcome.FAIL;
  }

  /// For Authentication-Results (RFC 9989 §9).
  public MethodResult toMethodResult() {
    MethodResult result = MethodResult.of("dmarc", outcome.word(), reason);
    if (!author.isEmpty()) {
      result = result.with("header", "from", author);
    }
    return applied.isEmpty()
        ? result
        : result.with("policy", "dmarc", applied.get().record.policy().word());
  }
}
