package org.posthorn.senderauth.arc;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import org.posthorn.mailet.Dns;
import org.posthorn.senderauth.dkim.KeyQuestions;
import org.posthorn.senderauth.dkim.MessagePass;

/// Says whether a message's chain of seals holds. Safe for use by many threads.
public final class ArcVerifier {
  private final Dns dns;
  private final InstantSource clock;

  public ArcVerifier(Dns dns, InstantSource clock) {
    this.dns = dns;
    this.clock = clock;
  }

  /// Reads a message that has a chain to its end, and does not close it.
  public ArcResult verify(InputStream message) throws IOException {
    MessagePass pass = MessagePass.over(message);
    ArcCheck check = begin(pass);
    pass.finish();
    return check.result();
  }

  /// Begins to ask for keys, and says which hash of the body it wants; the result is there when the
  /// pass, which others may use too, is finished.
  public ArcCheck begin(MessagePass pass) {
    return new ArcCheck(pass, new KeyQuestions(dns), clock.instant());
  }
}
