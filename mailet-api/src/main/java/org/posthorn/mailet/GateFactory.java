package org.posthorn.mailet;

import java.time.Duration;

/// Makes gates of one kind; found by `ServiceLoader` in a plugin's jar. `P` is the record of its
/// parameters, as for a [MailetFactory]; a [ProcessorName] makes no sense here.
public non-sealed interface GateFactory<P extends Record> extends PluginFactory<P> {
  /// A finished gate; see [MailetFactory#create].
  Gate create(P parameters, Services services);

  /// How long a call of its gates may take, where the operator does not say (`time-limit`).
  default Duration timeLimit() {
    return Duration.ofSeconds(20);
  }

  /// Whether the client is asked to come again when a gate fails or takes longer than that, where
  /// the operator does not say (`on-failure`): for gates that a sender can slow down, and that mail
  /// must not get past. Otherwise the mail goes on.
  default boolean defersOnFailure() {
    return false;
  }
}
