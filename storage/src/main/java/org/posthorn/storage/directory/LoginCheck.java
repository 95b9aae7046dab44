package org.posthorn.storage.directory;

import java.util.List;
import java.util.Optional;

/// Decides who may log in.
@FunctionalInterface
public interface LoginCheck {
  /// `login` is what the client sent.
  LoginResult check(String login, String password, Peer peer);

  /// Begins a login in which the password stays with the client (RFC 5802). Tells nothing of
  /// whether there is such a user.
  default ScramTry scram(ScramHash hash, String login, Peer peer) {
    throw new UnsupportedOperationException(hash + " is not offered");
  }

  /// Decides about a token of the identity provider; `login` may be empty: whoever the token is
  /// for.
  default LoginResult token(String login, String token, Peer peer) {
    throw new UnsupportedOperationException("There is no identity provider");
  }

  /// Decides about the certificate that the client has shown; `login` may be empty: whoever it is
  /// for.
  default LoginResult external(String login, Peer peer) {
    return new LoginResult.Refused();
  }

  /// The identity provider, where there is one.
  default Optional<TokenCheck> tokens() {
    return Optional.empty();
  }

  /// What may be offered to clients.
  default List<Mechanism> mechanisms() {
    return List.of(Mechanism.PLAIN, Mechanism.LOGIN);
  }
}
