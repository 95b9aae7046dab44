package org.posthorn.storage.login;

import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;

/// What a client claims: to be `login`, with this password, and to act for `authorizationId`
/// (empty: for itself).
record Credentials(String authorizationId, String login, String password) {
  /// Whether the client wants to act for somebody else than itself.
  boolean forAnother() {
    return !authorizationId.isEmpty() && !authorizationId.equals(login);
  }

  SaslExchange.Step check(LoginCheck check, Peer peer) {
    LoginResult result =
        forAnother() ? new LoginResult.ForAnother() : check.check(login, password, peer);
    return new SaslExchange.Step.Done(result, login);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "Credentials[" + login + (forAnother() ? " for " + authorizationId : "") + "]";
  }
}
