package org.posthorn.net.sasl;

/// What a client claims: to be `login`, with this password, and to act for `authorizationId`
/// (empty: for itself).
public record Credentials(String authorizationId, String login, String password) {
  /// Whether the client wants to act for somebody else than itself.
  public boolean forAnother() {
    return !authorizationId.isEmpty() && !authorizationId.equals(login);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "Credentials[" + login + (forAnother() ? " for " + authorizationId : "") + "]";
  }
}
