package org.posthorn.storage.directory;

import java.time.Duration;

/// The answer to a login.
public sealed interface LoginResult {
  /// `app`: the id of the app password; 0: it was none.
  record Welcome(User user, int app) implements LoginResult {
    public Welcome(User user) {
      this(user, LoginSessions.NO_APP);
    }
  }

  /// Wrong name or password, or a disabled user: the client is not told which.
  record Refused() implements LoginResult {}

  /// The client wants to act for somebody else than itself.
  record ForAnother() implements LoginResult {}

  /// Too many wrong tries from there or for that login; the password was not looked at.
  record Throttled(Duration retryAfter) implements LoginResult {}
}
