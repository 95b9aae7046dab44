package org.posthorn.storage.directory;

import java.net.InetAddress;

/// Checks passwords (Argon2id), on a few threads of its own, and slows down guessing per address
/// and login without locking out whoever knows the password. Safe for use by many threads.
public final class Logins {
  /// `login` is what the client sent; without a domain it is looked up in the default domain.
  /// Blocks for about 70 ms CPU the first time, microseconds when the same password was right a
  /// short while ago.
  public LoginResult check(String login, String password, InetAddress from) {
    throw new IllegalStateException("SEAM " + login + password.length() + from);
  }
}
