package org.posthorn.app.transfer.frame;

import java.io.IOException;

/// A message could not be read to its end where it comes from. The stream that carries it goes on.
public final class SourceFailed extends IOException {
  private static final long serialVersionUID = 1L;

  SourceFailed(Exception why) {
    super(why.getMessage(), why);
  }
}
