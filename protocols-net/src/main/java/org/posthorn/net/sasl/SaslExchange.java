package org.posthorn.net.sasl;

import java.util.Locale;
import java.util.Optional;

/// One exchange of a SASL mechanism, as the server (RFC 4422): bytes in, bytes out. How they travel
/// (Base64, prefixes, cancelling) is the protocol's business, see [SaslText]; whether the
/// credentials are right is decided elsewhere. Used by one thread, once.
public sealed interface SaslExchange permits PlainExchange, LoginExchange {
  /// The exchange of a mechanism, whose name may be in any case; empty when there is no such
  /// mechanism.
  static Optional<SaslExchange> of(String mechanism) {
    return switch (mechanism.toUpperCase(Locale.ROOT)) {
      case "PLAIN" -> Optional.of(new PlainExchange());
      case "LOGIN" -> Optional.of(new LoginExchange());
      default -> Optional.empty();
    };
  }

  /// Starts, with the client's initial response if it sent one.
  Step begin(Optional<byte[]> initialResponse);

  /// Goes on with the answer to a [Step.Challenge].
  Step respond(byte[] response);

  /// What comes next.
  sealed interface Step {
    /// Send this (in Base64) and read a response.
    record Challenge(String text) implements Step {}

    /// The exchange is over and this is what the client claims.
    record Done(Credentials credentials) implements Step {}

    /// The exchange is over: the client does not speak the mechanism. `why` is text for the client.
    record Malformed(String why) implements Step {}
  }
}
