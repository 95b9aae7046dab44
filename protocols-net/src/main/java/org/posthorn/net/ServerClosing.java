package org.posthorn.net;

import java.io.IOException;

/// The server stops, so there is no next command: what [Connection#awaitCommand] throws. Whoever
/// serves a connection lets it through; the listener says farewell.
public final class ServerClosing extends IOException {
  private static final long serialVersionUID = 1L;

  ServerClosing() {
    super("The server stops");
  }
}
