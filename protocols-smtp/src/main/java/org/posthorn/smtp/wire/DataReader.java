package org.posthorn.smtp.wire;

import java.io.IOException;
import org.posthorn.net.WireInput;

/// The text behind DATA, without the dots that were added to it (RFC 5321 §4.5.2), to CR LF `.` CR
/// LF and to nothing else. Confined to the connection's thread.
public final class DataReader extends MessageText {
  private static final int DRAIN_BYTES = 4096;

  private final WireInput input;
  private final Patience patience;
  private final TextScan scan;

  public DataReader(WireInput input, Patience patience, TextLimits limits) {
    this.input = input;
    this.patience = patience;
    this.scan = new TextScan(TextScan.Kind.DOT_STUFFED, limits);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = take(target, offset, length);
    SmtpReply refusal = scan.refusal();
    if (refusal != null) {
      throw new MessageRefused(refusal);
    }
    return count == 0 ? -1 : count;
  }

  @Override
  public boolean drain(long maxBytes) throws IOException {
    if (scan.isEnded()) {
      return true;
    }
    byte[] bytes = new byte[DRAIN_BYTES];
    long total = 0;
    while (!scan.isEnded()) {
      if (total > maxBytes) {
        return false;
      }
      total += take(bytes, 0, bytes.length);
    }
    return true;
  }

  @Override
  public long sizeBytes() {
    return scan.sizeBytes();
  }

  @Override
  public boolean isLast() {
    return true;
  }

  /// At least one byte, but at the end, and as many as are here already.
  private int take(byte[] target, int offset, int length) throws IOException {
    int limit = offset + length;
    int end = offset;
    while (!scan.isEnded() && end < limit && (end == offset || input.hasBuffered())) {
      if (!input.hasBuffered()) {
        patience.beforeWaiting();
      }
      int count = input.look(target, end, limit - end);
      end = scan.keep(target, end, end + count);
      input.skip(scan.seen());
    }
    return end - offset;
  }
}
