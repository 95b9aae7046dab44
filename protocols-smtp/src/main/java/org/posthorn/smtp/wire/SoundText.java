package org.posthorn.smtp.wire;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A text that we have made ourselves of what a client sent, held to the same rules as one that
/// came by itself: `read` throws [MessageRefused] where it breaks them. Used by one thread.
public final class SoundText extends FilterInputStream {
  private final TextScan scan;

  public SoundText(InputStream text, TextLimits limits) {
    super(text);
    this.scan = new TextScan(TextScan.Kind.CHUNKED, limits);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = in.read(target, offset, length);
    if (count < 0) {
      scan.end();
    } else {
      scan.keep(target, offset, offset + count);
    }
    SmtpReply refusal = scan.refusal();
    if (refusal != null) {
      throw new MessageRefused(refusal);
    }
    return count;
  }
}
