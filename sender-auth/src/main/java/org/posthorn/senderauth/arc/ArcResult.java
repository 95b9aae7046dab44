package org.posthorn.senderauth.arc;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.results.MethodResult;

/// Whether a message has a chain of seals, and whether it holds (RFC 8617 §5.2).
public sealed interface ArcResult {
  /// As in `Authentication-Results`.
  String word();

  String reason();

  default MethodResult methodResult() {
    return MethodResult.of("arc", word(), reason());
  }

  /// Whose word on the message may be believed, for whoever believes `trusted`: the first of the
  /// sealers that are trusted without a gap up to the last one. What it saw is what came into
  /// trusted hands. Absent where the last sealer is not trusted.
  static Optional<ArcSet> witness(List<ArcSet> sets, Predicate<Domain> trusted) {
    Optional<ArcSet> witness = Optional.empty();
    for (ArcSet set : sets.reversed()) {
      if (!trusted.test(set.sealer())) {
        break;
      }
      witness = Optional.of(set);
    }
    return witness;
  }

  record None() implements ArcResult {
    @Override
    public String word() {
      return "none";
    }

    @Override
    public String reason() {
      return "";
    }
  }

  /// All seals are right, and the message is as the last sealer sent it on. That says only who the
  /// sealers are: everybody can seal, and say what he likes.
  record Pass(List<ArcSet> sets) implements ArcResult {
    public Pass {
      sets = List.copyOf(sets);
    }

    @Override
    public String word() {
      return "pass";
    }

    @Override
    public String reason() {
      return sets.stream()
          .map(set -> set.sealer().ascii())
          .collect(Collectors.joining(", ", "sealed by ", ""));
    }
  }

  /// The DNS was silent about a key: what the sets say is not proven, and would count if it were.
  record Unknown(List<ArcSet> sets, String reason) implements ArcResult {
    public Unknown {
      sets = List.copyOf(sets);
    }

    /// RFC 8617 §5.2.1 has no other.
    @Override
    public String word() {
      return "fail";
    }
  }

  /// There is a chain, and it is broken: as good as none.
  record Fail(String reason) implements ArcResult {
    @Override
    public String word() {
      return "fail";
    }
  }
}
