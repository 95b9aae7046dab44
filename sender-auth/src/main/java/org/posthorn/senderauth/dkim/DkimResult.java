package org.posthorn.senderauth.dkim;

import java.util.Optional;
import org.posthorn.senderauth.results.MethodResult;

/// What became of one signature, in the words of RFC 8601 §2.7.1. Only [Pass] says who takes
/// responsibility for the message.
public sealed interface DkimResult {
  /// As in `Authentication-Results`.
  String word();

  /// For people and for the header; says nothing that the message said. Empty where all is well.
  String reason();

  /// Absent where it could not even be read.
  Optional<DkimSignature> claim();

  /// For the header of results: `header.d`, `header.i`, `header.s`, `header.a` and the beginning of
  /// `header.b` (RFC 6008), as far as the signature could be read.
  default MethodResult methodResult() {
    MethodResult result = MethodResult.of("dkim", word(), reason());
    return claim()
        .map(signature ->
            result
                .with("header", "d", signature.domain().ascii())
                .with("header", "i", signature.identity())
                .with("header", "s", signature.selector())
                .with("header", "a", signature.algorithm().toString())
                .with("header", "b", signature.shortName()))
        .orElse(result);
  }

  /// The message is as it was signed, all of its body, and the key is of the domain. `testing`: the
  /// domain says that it is only trying (`t=y`). RFC 6376 §3.6.1 would have it count for nothing
  /// then; but many domains forgot the flag for years, and nobody is served if their mail fails.
  record Pass(DkimSignature signature, boolean testing) implements DkimResult {
    @Override
    public String word() {
      return "pass";
    }

    @Override
    public String reason() {
      return testing ? "the domain is testing" : "";
    }

    @Override
    public Optional<DkimSignature> claim() {
      return Optional.of(signature);
    }
  }

  /// It was changed on its way, or never signed with this key, or the signature's time is over.
  record Fail(DkimSignature signature, String reason) implements DkimResult {
    @Override
    public String word() {
      return "fail";
    }

    @Override
    public Optional<DkimSignature> claim() {
      return Optional.of(signature);
    }
  }

  /// The signature is right, and covers so little that it says nothing: only the beginning of the
  /// body (`l=`), or one of two Subjects.
  record Policy(Optional<DkimSignature> claim, String reason) implements DkimResult {
    @Override
    public String word() {
      return "policy";
    }
  }

  /// As if there were no signature: that of a domain that is only testing failed.
  record Neutral(DkimSignature signature, String reason) implements DkimResult {
    @Override
    public String word() {
      return "neutral";
    }

    @Override
    public Optional<DkimSignature> claim() {
      return Optional.of(signature);
    }
  }

  /// The key could not be asked for now.
  record TempError(DkimSignature signature, String reason) implements DkimResult {
    @Override
    public String word() {
      return "temperror";
    }

    @Override
    public Optional<DkimSignature> claim() {
      return Optional.of(signature);
    }
  }

  /// It is no signature, or its key is none, revoked or too weak: that will not change.
  record PermError(Optional<DkimSignature> claim, String reason) implements DkimResult {
    @Override
    public String word() {
      return "permerror";
    }
  }
}
