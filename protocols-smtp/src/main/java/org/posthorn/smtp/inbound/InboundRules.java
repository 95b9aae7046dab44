package org.posthorn.smtp.inbound;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What holds on one port. `logins`: whether clients may log in; `postmaster`: who reads the mail
/// for postmasters that have no mailbox of their own; `greetingDelay`: how long a client is tried
/// before it is greeted, zero: not at all.
public record InboundRules(
    Role role,
    Domain hostname,
    boolean logins,
    PlainTextLogins plainTextLogins,
    Optional<MailAddress> postmaster,
    Duration greetingDelay,
    InboundLimits limits,
    InboundExtensions extensions) {
  /// With the usual extensions.
  public InboundRules(
      Role role,
      Domain hostname,
      boolean logins,
      PlainTextLogins plainTextLogins,
      Optional<MailAddress> postmaster,
      Duration greetingDelay,
      InboundLimits limits) {
    this(
        role,
        hostname,
        logins,
        plainTextLogins,
        postmaster,
        greetingDelay,
        limits,
        InboundExtensions.defaults());
  }
}
