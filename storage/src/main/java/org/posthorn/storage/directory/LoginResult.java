package org.posthorn.storage.directory;

import java.time.Duration;

/// The answer to a login.
public sealed interface LoginResult {
  record Welcome(User user) implements LoginResult {}

  /// Wrong name or password, or a disabled user: the client is not told which.
  record Refused() implements LoginResult {}

  /// Too many wrong tries from there or for that login; the password was not looked at.
  record Throttled(Duration retryAfter) implements LoginResult {}
}
