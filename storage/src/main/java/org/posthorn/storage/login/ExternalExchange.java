package org.posthorn.storage.login;

import java.util.Optional;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.Peer;

/// EXTERNAL (RFC 4422, appendix A): the client has shown a certificate in the TLS handshake, and
/// says as whom it wants to act, or nothing.
final class ExternalExchange implements SaslExchange {
  private final LoginCheck check;
  private final Peer peer;

  ExternalExchange(LoginCheck check, Peer peer) {
    this.check = check;
    this.peer = peer;
  }

  @Override
  public Step begin(Optional<byte[]> initialResponse) {
    return initialResponse.map(this::respond).orElseGet(() -> new Step.Challenge(""));
  }

  @Override
  public Step respond(byte[] response) {
    return SaslField.text(response)
        .<Step>map(login -> new Step.Done(check.external(login, peer), login))
        .orElseGet(() -> new Step.Malformed("EXTERNAL takes a login in UTF-8, or nothing"));
  }
}
