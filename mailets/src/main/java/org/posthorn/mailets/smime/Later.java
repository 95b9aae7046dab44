package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// A stream whose bytes are made when the first of them is wanted. Used by one thread.
final class Later extends InputStream {
  private final Making making;
  private @Nullable InputStream made;

  @FunctionalInterface
  interface Making {
    InputStream make() throws IOException;
  }

  Later(Making making) {
    this.making = making;
  }

  @Override
  public int read() throws IOException {
    return made().read();
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    return made().read(into, offset, length);
  }

  private InputStream made() throws IOException {
    InputStream known = made;
    if (known == null) {
      known = making.make();
      made = known;
    }
    return known;
  }
}
