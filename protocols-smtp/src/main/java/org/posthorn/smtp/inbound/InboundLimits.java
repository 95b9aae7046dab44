package org.posthorn.smtp.inbound;

import java.time.Duration;

/// What one client may ask of us. The same for all roles.
public record InboundLimits(
    /// Size of a message, at least 64 KiB (RFC 5321 §4.5.3.1.7).
    long messageMaxBytes,
    /// Size of a message's header, at least 64 KiB.
    int headerMaxBytes,
    /// Length of a line in a message, at least 1,000 (RFC 5321 §4.5.3.1.6). Many programs send
    // longer
    /// ones, and we keep them as they are.
    int lineMaxBytes,
    /// Received lines that a message may have before it is taken for a loop, 25 to 1,000 (RFC 5321
    /// §6.3 asks for at least 100).
    int hopsMax,
    /// Recipients of a message, at least 100 (RFC 5321 §4.5.3.1.8).
    int recipientsMax,
    /// Messages in one connection, at least 1.
    int messagesMax,
    /// Commands that are refused, unknown recipients among them, before we hang up, at least 1; an
    /// accepted message starts the count anew.
    int errorsMax,
    /// Commands that lead nowhere (NOOP, RSET, MAIL without a message, a recipient that is refused
    /// for now) before we hang up, at least 10; an accepted message starts the count anew.
    int commandsMax,
    /// Wrong logins before we hang up, at least 1.
    int loginFailuresMax,
    /// Pause before a wrong login is answered, at most 30s.
    Duration loginFailureDelay,
    /// How long a client may take to send its next command (RFC 5321 §4.5.3.2.7 asks for 5
    // minutes).
    Duration commandTimeout,
    /// How long a client may pause within a message (RFC 5321 §4.5.3.2.5 has 3 minutes).
    Duration dataTimeout,
    /// How long a connection may last, however busy it is.
    Duration sessionMax) {
  public InboundLimits {
    atLeast("message-max-bytes", messageMaxBytes, 65_536);
    atLeast("header-max-bytes", headerMaxBytes, 65_536);
    atLeast("line-max-bytes", lineMaxBytes, 1000);
    atLeast("hops-max", hopsMax, 25);
    if (hopsMax > 1000) {
      throw new IllegalArgumentException("hops-max must be at most 1000, not " + hopsMax);
    }
    atLeast("recipients-max", recipientsMax, 100);
    atLeast("messages-max", messagesMax, 1);
    atLeast("errors-max", errorsMax, 1);
    atLeast("commands-max", commandsMax, 10);
    atLeast("login-failures-max", loginFailuresMax, 1);
    if (loginFailureDelay.isNegative() || loginFailureDelay.toSeconds() > 30) {
      throw new IllegalArgumentException("login-failure-delay must be 0s to 30s");
    }
    between("command-timeout", commandTimeout);
    between("data-timeout", dataTimeout);
    between("session-max", sessionMax);
  }

  public static InboundLimits defaults() {
    return new InboundLimits(
        50L * 1024 * 1024,
        512 * 1024,
        1024 * 1024,
        100,
        1000,
        10_000,
        100,
        1000,
        4,
        Duration.ofSeconds(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(3),
        Duration.ofHours(4));
  }

  private static void atLeast(String name, long value, long min) {
    if (value < min) {
      throw new IllegalArgumentException(name + " must be at least " + min + ", not " + value);
    }
  }

  private static void between(String name, Duration value) {
    if (value.toMillis() < 1 || value.toDays() > 1) {
      throw new IllegalArgumentException(name + " must be more than 0 and at most 1d");
    }
  }
}
