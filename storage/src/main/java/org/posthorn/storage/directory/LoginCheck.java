package org.posthorn.storage.directory;

import java.util.List;

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

  /// What may be offered to clients.
  default List<Mechanism> mechanisms() {
    return List.of(Mechanism.PLAIN, Mechanism.LOGIN);
  }
}
