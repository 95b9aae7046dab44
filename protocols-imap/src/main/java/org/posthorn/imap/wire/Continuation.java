package org.posthorn.imap.wire;

import java.io.IOException;

/// Tells the client to go on and send the literal that it announced (RFC 3501 §7.5).
@FunctionalInterface
public interface Continuation {
  void request() throws IOException;
}
