package org.posthorn.storage.login;

import java.util.Optional;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.Peer;

/// LOGIN (draft-murchison-sasl-login): two questions. Clients look at their order only, yet some
/// know just these texts. An initial response is the login.
final class LoginExchange implements SaslExchange {
  private sealed interface State {
    record AskedLogin() implements State {}

    record AskedPassword(String login) implements State {}
  }

  private final LoginCheck check;
  private final Peer peer;
  private State state = new State.AskedLogin();

  LoginExchange(LoginCheck check, Peer peer) {
    this.check = check;
    this.peer = peer;
  }

  @Override
  public Step begin(Optional<byte[]> initialResponse) {
    return initialResponse.map(this::respond).orElseGet(() -> new Step.Challenge("Username:"));
  }

  @Override
  public Step respond(byte[] response) {
    Optional<String> answer = SaslField.required(response);
    if (answer.isEmpty()) {
      return new Step.Malformed("LOGIN takes a login and a password in UTF-8");
    }
    return switch (state) {
      case State.AskedLogin() -> {
        state = new State.AskedPassword(answer.get());
        yield new Step.Challenge("Password:");
      }
      case State.AskedPassword(String login) ->
          new Credentials("", login, answer.get()).check(check, peer);
    };
  }
}
