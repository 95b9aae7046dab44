package org.posthorn.storage.login;

import java.util.Optional;
import org.posthorn.storage.directory.LoginResult;

/// One exchange of a SASL mechanism, as the server (RFC 4422): bytes in, bytes out. How they travel
/// (Base64, prefixes, cancelling) is the protocol's business, see [SaslText]; whether the
/// credentials are right is decided by [LoginCheck][org.posthorn.storage.directory.LoginCheck].
/// Used by one thread, once.
public sealed interface SaslExchange
    permits PlainExchange, LoginExchange, ScramExchange, BearerExchange, ExternalExchange {
  /// Starts, with the client's initial response if it sent one.
  Step begin(Optional<byte[]> initialResponse);

  /// Goes on with the answer to a [Step.Challenge].
  Step respond(byte[] response);

  /// What comes next.
  sealed interface Step {
    /// Send this (in Base64) and read a response.
    record Challenge(String text) implements Step {}

    /// The exchange is over and this came of it; `login` is what the client said.
    record Done(LoginResult result, String login) implements Step {}

    /// The exchange is over: the client does not speak the mechanism. `why` is text for the client.
    record Malformed(String why) implements Step {}
  }
}
