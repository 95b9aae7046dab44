package org.posthorn.senderauth.dkim;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The signatures of one message while it is read. Used by one thread.
public final class DkimCheck {
  /// RFC 6376 §6.1 leaves the number to us; a storm of them costs no more than these.
  private static final int SIGNATURES_MAX = 10;

  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  private final MessagePass pass;
  private final KeyQuestions keys;
  private final Instant now;
  private final List<Candidate> candidates;

  private sealed interface Candidate {
    record Decided(DkimResult result) implements Candidate {}

    record Open(RawField field, DkimSignature signature, BodyHash body) implements Candidate {}
  }

  /// One of the message's signatures, by its `place` from the top.
  private record Placed<T>(int place, T value) {}

  DkimCheck(MessagePass pass, List<String> authors, KeyQuestions keys, Instant now) {
    this.pass = pass;
    this.keys = keys;
    this.now = now;
    List<RawField> fields = pass.header().named("dkim-signature");
    List<Candidate> found =
        nearestFirst(fields, authors).stream()
            .limit(SIGNATURES_MAX)
            .map(signature -> new Placed<>(signature.place, candidate(signature.value)))
            .sorted(Comparator.comparingInt(Placed::place))
            .map(Placed::value)
            .collect(Collectors.toCollection(ArrayList::new));
    if (fields.size() > SIGNATURES_MAX) {
      String reason =
          "%d signatures are more than are looked at".formatted(fields.size() - SIGNATURES_MAX);
      found.add(new Candidate.Decided(new DkimResult.Policy(Optional.empty(), reason)));
    }
    this.candidates = List.copyOf(found);
  }

  /// Those first whose domains have most in common with an author's: what others have signed cannot
  /// hide what could be the author's own. Few stay in their order: all of them are asked for at
  /// once.
  private static List<Placed<RawField>> nearestFirst(List<RawField> fields, List<String> authors) {
    List<Placed<RawField>> placed = new ArrayList<>();
    for (RawField field : fields) {
      placed.add(new Placed<>(placed.size(), field));
    }
    if (fields.size() > KeyQuestions.AT_ONCE && !authors.isEmpty()) {
      Map<RawField, Integer> near = new HashMap<>();
      fields.forEach(field -> near.put(field, nearness(field, authors)));
      placed.sort(
          Comparator.comparing((Placed<RawField> one) -> near.getOrDefault(one.value, 0))
              .reversed());
    }
    return placed;
  }

  /// How many labels the signature's domain has in common with an author's, from the right.
  private static int nearness(RawField field, List<String> authors) {
    try {
      List<String> signer = labels(DkimSignature.domain(TagList.read(field.value())).ascii());
      return authors.stream().mapToInt(author -> common(signer, labels(author))).max().orElse(0);
    } catch (DkimSyntaxException _) {
      return 0;
    }
  }

  private static List<String> labels(String domain) {
    return List.of(domain.split("\\.")).reversed();
  }

  private static int common(List<String> one, List<String> other) {
    int count = 0;
    while (count < Math.min(one.size(), other.size()) && one.get(count).equals(other.get(count))) {
      count++;
    }
    return count;
  }

  /// What became of them, from top to bottom, once the pass is finished. Waits for the keys.
  public List<DkimResult> results() {
    return candidates.stream()
        .map(candidate ->
            switch (candidate) {
              case Candidate.Decided(DkimResult result) -> result;
              case Candidate.Open open -> decide(open);
            })
        .toList();
  }

  private Candidate candidate(RawField field) {
    DkimSignature signature;
    try {
      signature = DkimSignature.read(TagList.read(field.value()));
    } catch (DkimSyntaxException e) {
      return new Candidate.Decided(new DkimResult.PermError(Optional.empty(), e.reason()));
    }
    Optional<DkimResult> refused = refused(signature);
    if (refused.isPresent()) {
      return new Candidate.Decided(refused.get());
    }
    keys.ask(signature.keyName());
    return new Candidate.Open(field, signature, pass.want(signature.body(), signature.bodyBytes()));
  }

  /// What no key could mend.
  private Optional<DkimResult> refused(DkimSignature signature) {
    if (!pass.hasWholeHeader()) {
      return Optional.of(
          new DkimResult.PermError(Optional.of(signature), "the header is too long to be checked"));
    }
    if (!signature.hasAskableKey()) {
      return Optional.of(
          new DkimResult.PermError(Optional.of(signature), "d= and s= are too long for the DNS"));
    }
    if (signature.expires().isPresent() && signature.expires().getAsLong() < now.getEpochSecond()) {
      return Optional.of(new DkimResult.Fail(signature, "the signature has expired"));
    }
    if (signature.created().isPresent()
        && signature.created().getAsLong() > now.plus(CLOCK_SKEW).getEpochSecond()) {
      return Optional.of(
          new DkimResult.PermError(Optional.of(signature), "it was signed in the future"));
    }
    return Optional.empty();
  }

  private DkimResult decide(Candidate.Open open) {
    DkimSignature signature = open.signature;
    return switch (keys.answer(signature.keyName())) {
      case KeyAnswer.Unknown(String reason) -> new DkimResult.TempError(signature, reason);
      case KeyAnswer.Refused(String reason) ->
          new DkimResult.PermError(Optional.of(signature), reason);
      case KeyAnswer.Found(DkimKey key) -> decide(open, key);
    };
  }

  private DkimResult decide(Candidate.Open open, DkimKey key) {
    DkimSignature signature = open.signature;
    if (key.algorithm() != signature.algorithm()) {
      return new DkimResult.PermError(Optional.of(signature), "the key is of another kind");
    }
    if (key.exactDomain() && !signature.identityDomain().equals(signature.domain().ascii())) {
      return new DkimResult.PermError(
          Optional.of(signature), "the key is not for identities of subdomains");
    }
    if (!signature.isOver(open.body)) {
      return failed(signature, key, "the body was changed");
    }
    if (!key.verifies(signed(open), signature.signatureBytes())) {
      return failed(signature, key, "the header was changed, or it was not signed with this key");
    }
    return passed(open, key);
  }

  private static DkimResult failed(DkimSignature signature, DkimKey key, String reason) {
    return key.testing()
        ? new DkimResult.Neutral(signature, reason + "; the domain is testing")
        : new DkimResult.Fail(signature, reason);
  }

  /// The signature is right. Does it say enough?
  private DkimResult passed(Candidate.Open open, DkimKey key) {
    DkimSignature signature = open.signature;
    if (signature.bodyBytes().isPresent()) {
      return new DkimResult.Policy(
          Optional.of(signature),
          "only %d of %d bytes of the body are signed (l=)"
              .formatted(
                  Math.min(signature.bodyBytes().getAsLong(), open.body.bodyBytes()),
                  open.body.bodyBytes()));
    }
    Optional<String> above = signature.unsignedAbove(pass.header());
    if (above.isPresent()) {
      return new DkimResult.Policy(Optional.of(signature), above.get());
    }
    return new DkimResult.Pass(signature, key.testing());
  }

  private byte[] signed(Candidate.Open open) {
    var out = new ByteArrayOutputStream(4 << 10);
    for (RawField field : pass.header().chosen(open.signature.fields())) {
      field.write(open.signature.header(), out);
    }
    open.field.writeUnsigned(open.signature.header(), out);
    return out.toByteArray();
  }
}
