package org.posthorn.smtp.inbound;

import java.time.Duration;

/// The usual limits but for one, and no pause after wrong logins.
final class SmallLimits {
  private static final InboundLimits USUAL = InboundLimits.defaults();

  private SmallLimits() {}

  static InboundLimits usual() {
    return messageMaxBytes(USUAL.messageMaxBytes());
  }

  static InboundLimits messageMaxBytes(long value) {
    return with(value, USUAL.lineMaxBytes(), USUAL.recipientsMax(), USUAL.messagesMax());
  }

  static InboundLimits lineMaxBytes(int value) {
    return with(USUAL.messageMaxBytes(), value, USUAL.recipientsMax(), USUAL.messagesMax());
  }

  static InboundLimits recipientsMax(int value) {
    return with(USUAL.messageMaxBytes(), USUAL.lineMaxBytes(), value, USUAL.messagesMax());
  }

  static InboundLimits messagesMax(int value) {
    return with(USUAL.messageMaxBytes(), USUAL.lineMaxBytes(), USUAL.recipientsMax(), value);
  }

  static InboundLimits errorsMax(int value) {
    return with(value, USUAL.commandsMax());
  }

  static InboundLimits commandsMax(int value) {
    return with(USUAL.errorsMax(), value);
  }

  static InboundLimits commandTimeout(Duration value) {
    return with(value, USUAL.dataTimeout(), USUAL.sessionMax());
  }

  static InboundLimits dataTimeout(Duration value) {
    return with(USUAL.commandTimeout(), value, USUAL.sessionMax());
  }

  static InboundLimits sessionMax(Duration value) {
    return with(USUAL.commandTimeout(), USUAL.dataTimeout(), value);
  }

  private static InboundLimits with(
      long messageMaxBytes, int lineMaxBytes, int recipientsMax, int messagesMax) {
    return new InboundLimits(
        messageMaxBytes,
        USUAL.headerMaxBytes(),
        lineMaxBytes,
        USUAL.hopsMax(),
        recipientsMax,
        messagesMax,
        USUAL.errorsMax(),
        USUAL.commandsMax(),
        USUAL.loginFailuresMax(),
        Duration.ZERO,
        USUAL.commandTimeout(),
        USUAL.dataTimeout(),
        USUAL.sessionMax());
  }

  private static InboundLimits with(int errorsMax, int commandsMax) {
    return new InboundLimits(
        USUAL.messageMaxBytes(),
        USUAL.headerMaxBytes(),
        USUAL.lineMaxBytes(),
        USUAL.hopsMax(),
        USUAL.recipientsMax(),
        USUAL.messagesMax(),
        errorsMax,
        commandsMax,
        USUAL.loginFailuresMax(),
        Duration.ZERO,
        USUAL.commandTimeout(),
        USUAL.dataTimeout(),
        USUAL.sessionMax());
  }

  private static InboundLimits with(
      Duration commandTimeout, Duration dataTimeout, Duration sessionMax) {
    return new InboundLimits(
        USUAL.messageMaxBytes(),
        USUAL.headerMaxBytes(),
        USUAL.lineMaxBytes(),
        USUAL.hopsMax(),
        USUAL.recipientsMax(),
        USUAL.messagesMax(),
        USUAL.errorsMax(),
        USUAL.commandsMax(),
        USUAL.loginFailuresMax(),
        Duration.ZERO,
        commandTimeout,
        dataTimeout,
        sessionMax);
  }
}
