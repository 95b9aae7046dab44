package org.posthorn.pop3;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.net.ListenerConfig;
import org.posthorn.net.PlainTextLogins;

/// POP3: where clients fetch the mail of their INBOX.
public record Pop3Config(
    /// Where connections begin in plain text and may become TLS by STLS (port 110).
    Optional<ListenerConfig> plain,
    /// Where connections are TLS from their first byte (port 995).
    Optional<ListenerConfig> tls,
    /// Where a password is taken over a connection without TLS: `never`, `loopback` (only from this
    /// machine) or `always`.
    PlainTextLogins plainTextLogins,
    /// How long a client has to log in, 10 seconds to 1 hour.
    Duration loginTimeout,
    /// How long a client that has logged in may be silent; at least 10 minutes (RFC 1939 section
    /// 3), at most a day. Its maildrop is locked meanwhile.
    Duration idleTimeout,
    /// How many wrong logins end a connection, 1 to 100.
    int loginFailuresMax,
    /// How much time must be between two logins of a user, at most an hour; 0 s: none. Clients are
    /// told.
    Duration loginDelay) {
  private static final int PLAIN_PORT = 1110;
  private static final int TLS_PORT = 1995;

  public Pop3Config {
    if (plain.isPresent() && plain.get().tls()) {
      throw new IllegalArgumentException("pop3.plain.tls must be false; use pop3.tls for TLS");
    }
    if (tls.isPresent() && !tls.get().tls()) {
      throw new IllegalArgumentException("pop3.tls.tls must be true; use pop3.plain for the other");
    }
    check("login-timeout", loginTimeout, Duration.ofSeconds(10), Duration.ofHours(1));
    check("idle-timeout", idleTimeout, Duration.ofMinutes(10), Duration.ofDays(1));
    check("login-delay", loginDelay, Duration.ZERO, Duration.ofHours(1));
    if (loginFailuresMax < 1 || loginFailuresMax > 100) {
      throw new IllegalArgumentException("pop3.login-failures-max must be 1 to 100");
    }
  }

  /// Both listeners on loopback, on ports that need no privilege.
  public static Pop3Config defaults() {
    ListenerConfig loopback = ListenerConfig.defaults();
    return new Pop3Config(
        Optional.of(loopback.withPort(PLAIN_PORT)),
        Optional.of(loopback.withTls().withPort(TLS_PORT)),
        PlainTextLogins.LOOPBACK,
        Duration.ofMinutes(3),
        Duration.ofMinutes(10),
        3,
        Duration.ZERO);
  }

  private static void check(String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "pop3." + key + " must be " + least.toSeconds() + "s to " + most.toSeconds() + "s");
    }
  }
}
