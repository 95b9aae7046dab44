package org.posthorn.app.admin;

import java.io.IOException;
import java.io.UncheckedIOException;

/// Nobody is there any more to whom something could be answered, or whose body could be read: what
/// was asked for ends, and nothing is wrong with the server.
final class ClientGone extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  ClientGone(IOException why) {
    super(why);
  }
}
