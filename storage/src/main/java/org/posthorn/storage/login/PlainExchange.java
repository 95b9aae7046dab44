package org.posthorn.storage.login;

import java.util.Arrays;
import java.util.Optional;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.Peer;

/// PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd` in one message.
final class PlainExchange implements SaslExchange {
  private final LoginCheck check;
  private final Peer peer;

  PlainExchange(LoginCheck check, Peer peer) {
    this.check = check;
    this.peer = peer;
  }

  @Override
  public Step begin(Optional<byte[]> initialResponse) {
    return initialResponse.map(this::respond).orElseGet(() -> new Step.Challenge(""));
  }

  @Override
  public Step respond(byte[] response) {
    int first = indexOfNul(response, 0);
    int second = indexOfNul(response, first + 1);
    if (first < 0 || second < 0 || indexOfNul(response, second + 1) >= 0) {
      return new Step.Malformed("PLAIN takes three fields with NUL between them");
    }
    Optional<String> authorizationId = SaslField.text(Arrays.copyOf(response, first));
    Optional<String> login = SaslField.required(Arrays.copyOfRange(response, first + 1, second));
    Optional<String> password =
        SaslField.required(Arrays.copyOfRange(response, second + 1, response.length));
    if (authorizationId.isEmpty() || login.isEmpty() || password.isEmpty()) {
      return new Step.Malformed("PLAIN takes UTF-8, a login and a password");
    }
    var credentials = new Credentials(authorizationId.get(), login.get(), password.get());
    return credentials.check(check, peer);
  }

  private static int indexOfNul(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    return -1;
  }
}
