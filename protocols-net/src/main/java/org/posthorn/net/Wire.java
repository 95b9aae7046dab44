package org.posthorn.net;

import java.io.IOException;

/// Bytes to and from a client below the buffers: in plain text or through TLS. One thread may read
/// while another writes.
interface Wire {
  /// Takes at least one byte; -1 at the end. Throws `SocketTimeoutException` after `timeoutMillis`
  /// (0: waits for ever) and can then be called again. What `target` holds behind the bytes that
  /// were read is undefined.
  int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException;

  void write(byte[] bytes, int offset, int length) throws IOException;

  /// Says that nothing more will be written, where there is a way to say it.
  void endOutput() throws IOException;
}
