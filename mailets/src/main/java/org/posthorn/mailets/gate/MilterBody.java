package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.InputStream;

/// A new body on its way from a milter into the store, packet by packet, as it comes: what comes
/// after it is given back to the wire. Each packet is a sign of life. Used by one thread.
final class MilterBody extends InputStream {
  /// What a milter may put in the place of a body.
  private static final long BYTES_MAX = 256L << 20;

  private final MilterWire wire;
  private final Remote.Watch watch;
  private byte[] piece = new byte[0];
  private int at;
  private long bytes;
  private boolean over;

  MilterBody(MilterWire wire, Remote.Watch watch) {
    this.wire = wire;
    this.watch = watch;
  }

  @Override
  public int read() throws IOException {
    return fill() ? piece[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int wanted) throws IOException {
    if (wanted == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(wanted, piece.length - at);
    System.arraycopy(piece, at, target, offset, count);
    at += count;
    return count;
  }

  /// Whether there is something to read.
  private boolean fill() throws IOException {
    while (at == piece.length && !over) {
      MilterWire.Packet packet = wire.next();
      watch.renew();
      at = 0;
      piece = new byte[0];
      switch (packet.kind()) {
        case 'b' -> piece = counted(packet.data());
        case 'p' -> {}
        default -> {
          wire.giveBack(packet);
          over = true;
        }
      }
    }
    return at < piece.length;
  }

  private byte[] counted(byte[] data) throws IOException {
    bytes += data.length;
    if (bytes > BYTES_MAX) {
      throw new IOException("the milter sends a body of more than " + BYTES_MAX + " bytes");
    }
    return data;
  }
}
