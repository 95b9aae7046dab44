package org.posthorn.senderauth.arc;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.BodyHash;
import org.posthorn.senderauth.dkim.Canonicalization;
import org.posthorn.senderauth.dkim.DkimKey;
import org.posthorn.senderauth.dkim.DkimSignature;
import org.posthorn.senderauth.dkim.DkimSyntaxException;
import org.posthorn.senderauth.dkim.KeyAnswer;
import org.posthorn.senderauth.dkim.KeyQuestions;
import org.posthorn.senderauth.dkim.MessagePass;
import org.posthorn.senderauth.dkim.RawField;

/// The chain of one message while it is read. Used by one thread.
public final class ArcCheck {
  private final MessagePass pass;
  private final KeyQuestions keys;
  private final State state;

  private sealed interface State {
    record Decided(ArcResult result) implements State {}

    /// The form is right; `signature` is the last message signature, over `body`.
    record Open(List<Link> links, DkimSignature signature, BodyHash body) implements State {}
  }

  ArcCheck(MessagePass pass, KeyQuestions keys, Instant now) {
    this.pass = pass;
    this.keys = keys;
    this.state = begin(now);
  }

  private State begin(Instant now) {
    try {
      List<Link> links = Link.chain(pass.header());
      if (links.isEmpty()) {
        return new State.Decided(new ArcResult.None());
      }
      if (!pass.hasWholeHeader()) {
        throw new DkimSyntaxException("the header is too long to be checked");
      }
      DkimSignature signature = links.getLast().messageSignature();
      if (signature.expires().isPresent()
          && signature.expires().getAsLong() < now.getEpochSecond()) {
        throw new DkimSyntaxException("the last message signature has expired");
      }
      Optional<String> above = signature.unsignedAbove(pass.header());
      if (above.isPresent()) {
        throw new DkimSyntaxException(above.get());
      }
      links.forEach(link -> keys.ask(link.seal().keyName()));
      keys.ask(signature.keyName());
      return new State.Open(links, signature, pass.want(signature.body(), signature.bodyBytes()));
    } catch (DkimSyntaxException e) {
      return new State.Decided(new ArcResult.Fail(e.reason()));
    }
  }

  /// What became of the chain, once the pass is finished. Waits for the keys.
  public ArcResult result() {
    return switch (state) {
      case State.Decided(ArcResult result) -> result;
      case State.Open open ->
          failure(open)
              .<ArcResult>map(ArcResult.Fail::new)
              .orElseGet(() -> new ArcResult.Pass(open.links.stream().map(Link::set).toList()));
    };
  }

  /// First the message, then the seals from the last to the first (RFC 8617 §5.2).
  private Optional<String> failure(State.Open open) {
    if (!open.signature.isOver(open.body)) {
      return Optional.of("the body was changed after it was sealed");
    }
    Optional<String> failure =
        failure(
            open.signature.keyName(),
            open.signature.algorithm(),
            signed(open),
            open.signature.signature(),
            "the header was changed after it was sealed");
    for (int i = open.links.size(); failure.isEmpty() && i > 0; i--) {
      Link.Seal seal = open.links.get(i - 1).seal();
      failure =
          failure(
              seal.keyName(),
              seal.algorithm(),
              sealed(open.links.subList(0, i)),
              seal.signature(),
              "seal " + i + " is not right");
    }
    return failure;
  }

  private Optional<String> failure(
      String keyName, Algorithm algorithm, byte[] signed, String signature, String otherwise) {
    return switch (keys.answer(keyName)) {
      case KeyAnswer.Unknown(String reason) -> Optional.of(reason);
      case KeyAnswer.Refused(String reason) -> Optional.of(reason);
      case KeyAnswer.Found(DkimKey key) ->
          key.algorithm() == algorithm
                  && key.verifies(signed, Base64.getDecoder().decode(signature))
              ? Optional.empty()
              : Optional.of(otherwise);
    };
  }

  private byte[] signed(State.Open open) {
    var out = new ByteArrayOutputStream(4 << 10);
    Canonicalization how = open.signature.header();
    for (RawField field : pass.header().chosen(open.signature.fields())) {
      field.write(how, out);
    }
    open.links.getLast().signatureField().writeUnsigned(how, out);
    return out.toByteArray();
  }

  /// All sets up to this one, each with its results, its signature and its seal.
  private static byte[] sealed(List<Link> links) {
    var out = new ByteArrayOutputStream(8 << 10);
    for (Link link : links) {
      link.resultsField().write(Canonicalization.RELAXED, out);
      link.signatureField().write(Canonicalization.RELAXED, out);
      if (link.instance() == links.size()) {
        link.sealField().writeUnsigned(Canonicalization.RELAXED, out);
      } else {
        link.sealField().write(Canonicalization.RELAXED, out);
      }
    }
    return out.toByteArray();
  }
}
