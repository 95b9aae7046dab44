package org.posthorn.imap;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.session.HideRule;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.message.MailAddress;
import org.posthorn.net.ListenerConfig;

/// IMAP: where clients read their mail.
public record ImapConfig(
    /// Where connections begin in plain text and may become TLS by STARTTLS (port 143).
    Optional<ListenerConfig> plain,
    /// Where connections are TLS from their first byte (port 993).
    Optional<ListenerConfig> tls,
    /// Where a password is taken over a connection without TLS: `never`, `loopback` (only from this
    /// machine) or `always`.
    PlainTextLogins plainTextLogins,
    /// The largest message that a client may upload, 1 KB to 2 GB.
    long messageMaxBytes,
    /// How long a client has to log in, 10 seconds to 1 hour.
    Duration loginTimeout,
    /// How long a client that has logged in may be silent, idling or not; at least 30 minutes (RFC
    /// 3501 section 5.4), at most a day.
    Duration idleTimeout,
    /// How often a client that idles is told that the server is still there, so that networks in
    /// between keep the connection; 10 seconds to 1 day.
    Duration keepAlive,
    /// How many wrong logins end a connection, 1 to 100.
    int loginFailuresMax,
    /// How long the answer to a wrong login is held back, at most 1 minute.
    Duration loginFailureDelay,
    /// Capabilities that are hidden from programs that mishandle them. Each rule that fits the
    /// program and the login counts.
    List<HideRule> hide,
    /// Logins that may set the quotas of the users of their own domain (SETQUOTA), such as
    /// `ann@example.org`. Nobody, when there are none.
    List<String> quotaAdministrators) {
  private static final int PLAIN_PORT = 1143;
  private static final int TLS_PORT = 1993;

  public ImapConfig {
    hide = List.copyOf(hide);
    quotaAdministrators = List.copyOf(quotaAdministrators);
    for (String login : quotaAdministrators) {
      if (MailAddress.parse(login).isEmpty()) {
        throw new IllegalArgumentException(
            "imap.quota-administrators: " + login + " is no login, such as ann@example.org");
      }
    }
    if (tls.isPresent() && !tls.get().tls()) {
      throw new IllegalArgumentException("imap.tls.tls must be true; use imap.plain for the other");
    }
    if (plain.isPresent() && plain.get().tls()) {
      throw new IllegalArgumentException("imap.plain.tls must be false; use imap.tls for TLS");
    }
    if (messageMaxBytes < 1024 || messageMaxBytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("imap.message-max-bytes must be 1KB to 2GB");
    }
    check("login-timeout", loginTimeout, Duration.ofSeconds(10), Duration.ofHours(1));
    check("idle-timeout", idleTimeout, Duration.ofMinutes(30), Duration.ofDays(1));
    check("keep-alive", keepAlive, Duration.ofSeconds(10), Duration.ofDays(1));
    check("login-failure-delay", loginFailureDelay, Duration.ZERO, Duration.ofMinutes(1));
    if (loginFailuresMax < 1 || loginFailuresMax > 100) {
      throw new IllegalArgumentException("imap.login-failures-max must be 1 to 100");
    }
  }

  /// Both listeners on loopback, on ports that need no privilege.
  public static ImapConfig defaults() {
    ListenerConfig loopback = ListenerConfig.defaults();
    return new ImapConfig(
        Optional.of(loopback.withPort(PLAIN_PORT)),
        Optional.of(withTls(loopback.withPort(TLS_PORT))),
        PlainTextLogins.LOOPBACK,
        50L << 20,
        Duration.ofMinutes(2),
        Duration.ofMinutes(30),
        Duration.ofMinutes(4),
        5,
        Duration.ofSeconds(2),
        List.of(),
        List.of());
  }

  private static ListenerConfig withTls(ListenerConfig plain) {
    return new ListenerConfig(
        plain.host(),
        plain.port(),
        true,
        plain.connectionsMax(),
        plain.connectionsPerAddressMax(),
        plain.proxyNetworks(),
        plain.handshakeTimeout(),
        plain.writeTimeout());
  }

  private static void check(String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "imap." + key + " must be " + least.toSeconds() + "s to " + most.toSeconds() + "s");
    }
  }
}
