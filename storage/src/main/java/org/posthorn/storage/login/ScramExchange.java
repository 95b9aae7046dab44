package org.posthorn.storage.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.ScramHash;
import org.posthorn.storage.directory.ScramTry;

/// SCRAM (RFC 5802, RFC 7677): the client proves that it knows the password, and the server that it
/// knows it too. With `plus` the proof is for this TLS connection only.
final class ScramExchange implements SaslExchange {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE_BYTES = 18;

  private final ScramHash hash;
  private final boolean plus;
  private final LoginCheck check;
  private final Peer peer;
  private State state = new State.New();

  private sealed interface State {
    record New() implements State {}

    record Asked(ScramFirst first, String nonce, String told, ScramTry proof) implements State {}

    /// The server has shown its knowledge; the client says nothing more.
    record Proven(LoginResult result, String login) implements State {}
  }

  ScramExchange(ScramHash hash, boolean plus, LoginCheck check, Peer peer) {
    this.hash = hash;
    this.plus = plus;
    this.check = check;
    this.peer = peer;
  }

  @Override
  public Step begin(Optional<byte[]> initialResponse) {
    return initialResponse.map(this::respond).orElseGet(() -> new Step.Challenge(""));
  }

  @Override
  public Step respond(byte[] response) {
    return switch (state) {
      case State.New _ ->
          SaslField.text(response)
              .flatMap(ScramFirst::parse)
              .map(this::first)
              .orElseGet(() -> new Step.Malformed("That is no first message of SCRAM"));
      case State.Asked asked ->
          SaslField.text(response)
              .flatMap(ScramFinal::parse)
              .map(last -> last(asked, last))
              .orElseGet(() -> new Step.Malformed("That is no last message of SCRAM"));
      case State.Proven(LoginResult result, String login) ->
          response.length == 0
              ? new Step.Done(result, login)
              : new Step.Malformed("SCRAM is over: nothing comes here");
    };
  }

  private Step first(ScramFirst first) {
    Optional<String> fault = fault(first.binding());
    if (fault.isPresent()) {
      return new Step.Malformed(fault.get());
    }
    if (!first.authorizationId().isEmpty() && !first.authorizationId().equals(first.login())) {
      return new Step.Done(new LoginResult.ForAnother(), first.login());
    }
    ScramTry proof = check.scram(hash, first.login(), peer);
    var bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    String nonce = first.nonce() + Base64.getEncoder().encodeToString(bytes);
    String told =
        "r=%s,s=%s,i=%d"
            .formatted(nonce, Base64.getEncoder().encodeToString(proof.salt()), proof.iterations());
    state = new State.Asked(first, nonce, told, proof);
    return new Step.Challenge(told);
  }

  /// RFC 5802 §6: a client that could bind, and was not offered to, was lied to by somebody.
  private Optional<String> fault(String binding) {
    if (plus != binding.startsWith("p=")) {
      return Optional.of(plus ? "Bind the channel here" : "The channel is bound by the other one");
    }
    if (plus && ChannelBinding.of(binding.substring(2), peer).isEmpty()) {
      return Optional.of("There is no channel binding of that type");
    }
    return binding.equals("y") && ChannelBinding.isOffered(peer)
        ? Optional.of("The channel can be bound: somebody hides that from you")
        : Optional.empty();
  }

  private Step last(State.Asked asked, ScramFinal last) {
    String login = asked.first.login();
    if (!last.nonce().equals(asked.nonce)
        || !MessageDigest.isEqual(last.binding(), expectedBinding(asked.first))) {
      return new Step.Malformed("Nonce or channel binding is another one");
    }
    String message = asked.first.bare() + "," + asked.told + "," + last.withoutProof();
    ScramTry.Verdict verdict = asked.proof.prove(message.getBytes(UTF_8), last.proof());
    if (verdict.result() instanceof LoginResult.Welcome && verdict.signature().isPresent()) {
      state = new State.Proven(verdict.result(), login);
      return new Step.Challenge(
          "v=" + Base64.getEncoder().encodeToString(verdict.signature().get()));
    }
    return new Step.Done(verdict.result(), login);
  }

  private byte[] expectedBinding(ScramFirst first) {
    var expected = new ByteArrayOutputStream();
    expected.writeBytes(first.header().getBytes(UTF_8));
    if (plus) {
      ChannelBinding.of(first.binding().substring(2), peer).ifPresent(expected::writeBytes);
    }
    return expected.toByteArray();
  }
}
