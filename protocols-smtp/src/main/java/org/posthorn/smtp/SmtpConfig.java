package org.posthorn.smtp;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.ListenerConfig;
import org.posthorn.smtp.inbound.InboundExtensions;
import org.posthorn.smtp.inbound.InboundLimits;
import org.posthorn.smtp.inbound.PlainTextLogins;
import org.posthorn.smtp.inbound.SendingLimits;

/// SMTP and LMTP.
public record SmtpConfig(
    /// Name of this server in the world's DNS, such as `mx.example.org`: in greetings and Received
    /// lines. Results of authentication checks are written in the name of `hostname`, the server's
    /// own; those that mail brings along are cut off in both names.
    String hostname,
    /// Address that gets the mail for `<postmaster>`, for postmaster at the server's own names and
    /// for the postmasters of those domains of ours that have none; it must be one of ours. Without
    /// it: the postmaster of any of our domains.
    Optional<String> postmaster,
    /// Port for other servers, with mail for our users (usually 25).
    Port mx,
    /// Port for users' mail programs that begin in plain text and start TLS (usually 587).
    Port submission,
    /// Port for users' mail programs that begin with TLS (usually 465).
    Port submissions,
    /// Port for programs beside us, by LMTP (usually 24). Whoever reaches it may write to our
    // users,
    /// so leave it on loopback.
    Port lmtp,
    /// How long a client on the port for other servers is tried before it is greeted: one that
    // talks
    /// meanwhile is a robot and is refused. At most 30s; 0s, and nobody is tried.
    Duration greetingDelay,
    /// What one client may ask of us.
    InboundLimits limits,
    /// What we offer beyond taking mail.
    InboundExtensions extensions,
    /// How much users may send to other servers.
    SendingLimits sending) {

  /// A port and who may log in there.
  public record Port(
      /// Whether the port is opened. `submissions: ~` closes it too.
      boolean enabled,
      /// Where it is, and its limits.
      ListenerConfig listener,
      /// Whether users may log in here. On the ports for mail programs they must.
      boolean logins,
      /// Whether passwords may be sent without TLS: `never`, `loopback` (from this machine),
      // `always`.
      PlainTextLogins plainTextLogins) {}

  public SmtpConfig {
    if (Domain.parse(hostname).filter(d -> !d.isLiteral()).isEmpty()) {
      throw new IllegalArgumentException(
          "hostname must be a domain name such as mx.example.org, not '" + hostname + "'");
    }
    if (postmaster.isPresent() && MailAddress.parse(postmaster.get()).isEmpty()) {
      throw new IllegalArgumentException(
          "postmaster must be an address such as admin@example.org, not '"
              + postmaster.get()
              + "'");
    }
    if (!submission.logins() || !submissions.logins()) {
      throw new IllegalArgumentException(
          "logins must be on for submission and submissions: nobody can send there otherwise");
    }
    if (greetingDelay.isNegative() || greetingDelay.toSeconds() > 30) {
      throw new IllegalArgumentException("greeting-delay must be 0s to 30s");
    }
  }

  /// Everything on loopback, on free ports.
  public static SmtpConfig defaults() {
    ListenerConfig listener = ListenerConfig.defaults();
    return new SmtpConfig(
        "localhost",
        Optional.empty(),
        new Port(true, listener, false, PlainTextLogins.NEVER),
        new Port(true, listener, true, PlainTextLogins.LOOPBACK),
        new Port(true, withTls(listener), true, PlainTextLogins.NEVER),
        new Port(true, listener, false, PlainTextLogins.NEVER),
        Duration.ZERO,
        InboundLimits.defaults(),
        InboundExtensions.defaults(),
        SendingLimits.defaults());
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
}
