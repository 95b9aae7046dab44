package org.posthorn.senderauth.dkim;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.List;
import org.posthorn.mailet.Dns;

/// Says which signatures of a message are right (RFC 6376 §6). Safe for use by many threads.
///
/// The short way is [#verify]. Who wants more of the same pass (ARC) begins here, begins there,
/// finishes the pass, and then asks for the results:
///
/// ```java
/// MessagePass pass = MessagePass.over(message);
/// DkimCheck check = verifier.begin(pass, authors);
/// pass.finish();
/// List<DkimResult> results = check.results();
/// ```
public final class DkimVerifier {
  private final Dns dns;
  private final InstantSource clock;

  public DkimVerifier(Dns dns, InstantSource clock) {
    this.dns = dns;
    this.clock = clock;
  }

  /// One result for each signature from top to bottom, none for a message without; of more than ten
  /// signatures those on top count, and the last result says that there are more. Reads the message
  /// to its end only if there is something to verify, and does not close it.
  public List<DkimResult> verify(InputStream message) throws IOException {
    MessagePass pass = MessagePass.over(message);
    DkimCheck check = begin(pass, List.of());
    pass.finish();
    return check.results();
  }

  /// Reads the signatures, begins to ask for their keys, and says which hashes it wants. Where
  /// there are more than are looked at, those go first that could be of one of the `authors`:
  /// domains in ASCII and lower case.
  public DkimCheck begin(MessagePass pass, List<String> authors) {
    return new DkimCheck(pass, authors, new KeyQuestions(dns), clock.instant());
  }
}
