package org.posthorn.net;

import java.io.IOException;

/// There is no next command: what [Connection#awaitCommand] throws. Whoever serves a connection
/// lets it through; the listener says farewell.
public final class Dismissed extends IOException {
  private static final long serialVersionUID = 1L;

  private final Dismissal why;

  Dismissed(Dismissal why) {
    super("Dismissed: " + why);
    this.why = why;
  }

  Dismissal why() {
    return why;
  }
}
