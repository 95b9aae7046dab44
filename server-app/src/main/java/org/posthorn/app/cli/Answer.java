package org.posthorn.app.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/// What a command prints. Knows when nobody reads it any more: `head` ends when it has seen enough,
/// and that is nobody's mistake.
final class Answer extends PrintWriter {
  private final Pipe pipe;

  Answer(OutputStream out, Charset charset) {
    this(new Pipe(out), charset);
  }

  private Answer(Pipe pipe, Charset charset) {
    super(pipe, /* autoFlush= */ true, charset);
    this.pipe = pipe;
  }

  boolean hasNoReader() {
    return pipe.isBroken;
  }

  private static final class Pipe extends FilterOutputStream {
    private boolean isBroken;

    Pipe(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        // As the C library says it; the launcher sees to it that this is English.
        isBroken |= String.valueOf(e.getMessage()).contains("Broken pipe");
        throw e;
      }
    }
  }
}
