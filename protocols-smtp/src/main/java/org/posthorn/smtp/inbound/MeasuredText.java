package org.posthorn.smtp.inbound;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.posthorn.smtp.wire.MessageRefused;

/// The text of a message on its way into the store. At its end, when the size is known, it is asked
/// whether there is room for so much; a refusal comes out of the stream, so nothing is kept. Used
/// by one thread.
final class MeasuredText extends FilterInputStream {
  private final SizeJudge judge;
  private long sizeBytes;

  /// Throws where there is no room for a message of this size.
  @FunctionalInterface
  interface SizeJudge {
    void judge(long sizeBytes) throws MessageRefused;
  }

  MeasuredText(InputStream text, SizeJudge judge) {
    super(text);
    this.judge = judge;
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
      judge.judge(sizeBytes);
    } else {
      sizeBytes += count;
    }
    return count;
  }
}
