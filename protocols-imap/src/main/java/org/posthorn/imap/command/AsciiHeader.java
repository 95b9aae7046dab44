package org.posthorn.imap.command;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ResponseCode;

/// A message that comes from a client which has not said that it knows UTF-8: its header must be
/// ASCII (RFC 6855 §4). Ends with [AppendRefused] where it is not. Used by one thread.
final class AsciiHeader extends FilterInputStream {
  private boolean inHeader = true;
  private boolean lineEmpty = true;

  AsciiHeader(InputStream message) {
    super(message);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = in.read(target, offset, length);
    for (int i = offset; i < offset + count && inHeader; i++) {
      if (target[i] < 0) {
        throw new AppendRefused(
            ImapAnswer.no(
                ResponseCode.Plain.CANNOT, "The header is not ASCII: ENABLE UTF8=ACCEPT first"));
      }
      inHeader = target[i] != '\n' || !lineEmpty;
      lineEmpty = target[i] == '\n' || (lineEmpty && target[i] == '\r');
    }
    return count;
  }
}
