package org.posthorn.smtp.wire;

import java.io.IOException;

/// Asked before each wait for the client's bytes: sets how long that one may take. Throws
/// `SocketTimeoutException` when the client has used up all its time.
@FunctionalInterface
public interface Patience {
  void beforeWaiting() throws IOException;
}
