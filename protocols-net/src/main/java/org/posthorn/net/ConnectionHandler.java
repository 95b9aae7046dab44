package org.posthorn.net;

import java.io.IOException;

/// What a listener does with its clients: a protocol's server. Safe for use by many threads.
public interface ConnectionHandler {
  /// Serves one client to the end, on the connection's own thread. When it returns, the output is
  /// flushed and the connection closed in order, so that the client gets the last answer. An
  /// `IOException` is the client's going and no event; anything else that comes out is our bug and
  /// is logged as one. Until [Connection#readTimeout] says otherwise, a read waits 10 minutes.
  void serve(Connection connection) throws IOException;

  /// What to say to a client that is one too many before it is closed, with its line end; such as
  /// `421 4.3.2 Too many connections, try again later`.
  String busy();

  /// Whether clients may log in by a certificate, so that they are asked for one in the handshake.
  default boolean asksForCertificates() {
    return false;
  }

  /// What to say to a client that is sent away between two commands, with its line end; such as
  /// `421 4.3.2 The server stops, come again`.
  String farewell(Dismissal why);
}
