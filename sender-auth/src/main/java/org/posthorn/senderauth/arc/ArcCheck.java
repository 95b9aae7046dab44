package org.posthorn.senderauth.arc;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
  /// Most chains have no more seals than this.
  private static final int SEALS_AT_ONCE = 5;

  /// For the seals of a long chain: whoever writes it says whose servers are asked.
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final MessagePass pass;
  private final KeyQuestions keys;
  private final State state;

  private sealed interface State {
    record Decided(ArcResult result) implements State {}

    /// The form is right; `signature` is the last message signature, over `body`.
    record Open(List<Link> links, DkimSignature signature, BodyHash body) implements State {
      List<ArcSet> sets() {
        return links.stream().map(Link::set).toList();
      }
    }
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
      case State.Open open -> flaw(open).orElseGet(() -> new ArcResult.Pass(open.sets()));
    };
  }

  /// First the message, then the seals from the last to the first (RFC 8617 §5.2). A key is asked
  /// for when what came after it holds: a chain that is made up costs one question.
  private Optional<ArcResult> flaw(State.Open open) {
    if (!open.signature.isOver(open.body)) {
      return Optional.of(new ArcResult.Fail("the body was changed after it was sealed"));
    }
    Optional<ArcResult> flaw =
        flaw(
            open,
            open.signature.keyName(),
            open.signature.algorithm(),
            () -> signed(open),
            open.signature.signature(),
            "the header was changed after it was sealed");
    long end = System.nanoTime() + LIMIT.toNanos();
    for (int last = open.links.size(); flaw.isEmpty() && last > 0; last -= SEALS_AT_ONCE) {
      flaw =
          System.nanoTime() < end
              ? flaw(open, Math.max(0, last - SEALS_AT_ONCE), last)
              : Optional.of(new ArcResult.Unknown(open.sets(), "the servers of sealers are slow"));
    }
    return flaw;
  }

  /// In the seals behind the first `from` up to the one numbered `last`.
  private Optional<ArcResult> flaw(State.Open open, int from, int last) {
    open.links.subList(from, last).forEach(link -> keys.ask(link.seal().keyName()));
    Optional<ArcResult> flaw = Optional.empty();
    for (int i = last; flaw.isEmpty() && i > from; i--) {
      List<Link> links = open.links.subList(0, i);
      Link.Seal seal = links.getLast().seal();
      flaw =
          flaw(
              open,
              seal.keyName(),
              seal.algorithm(),
              () -> sealed(links),
              seal.signature(),
              "seal " + i + " is not right");
    }
    return flaw;
  }

  private Optional<ArcResult> flaw(
      State.Open open,
      String keyName,
      Algorithm algorithm,
      Supplier<byte[]> signed,
      String signature,
      String otherwise) {
    return switch (keys.answer(keyName)) {
      case KeyAnswer.Unknown(String reason) ->
          Optional.of(new ArcResult.Unknown(open.sets(), reason));
      case KeyAnswer.Refused(String reason) -> Optional.of(new ArcResult.Fail(reason));
      case KeyAnswer.Found(DkimKey key) ->
          key.algorithm() == algorithm
                  && key.verifies(signed.get(), Base64.getDecoder().decode(signature))
              ? Optional.empty()
              : Optional.of(new ArcResult.Fail(otherwise));
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
