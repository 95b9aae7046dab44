package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import org.posthorn.mailet.Message;

/// Which bytes outside ASCII a message has: they decide what a server must be able to do.
enum Contents {
  ASCII,
  /// In the body only: 8BITMIME (RFC 6152).
  EIGHT_BIT_BODY,
  /// Also in the header: SMTPUTF8 (RFC 6531), if the sender meant it so.
  EIGHT_BIT_HEADER;

  static Contents of(Message message) throws IOException {
    long headerBytes = message.structure().root().bodyStart();
    byte[] buffer = new byte[16_384];
    long offset = 0;
    Contents found = ASCII;
    try (InputStream bytes = message.open()) {
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        int at = firstEightBit(buffer, count);
        if (at < count) {
          if (offset + at < headerBytes) {
            return EIGHT_BIT_HEADER;
          }
          found = EIGHT_BIT_BODY;
        }
        offset += count;
        if (found == EIGHT_BIT_BODY && offset >= headerBytes) {
          break;
        }
      }
    }
    return found;
  }

  /// Of the first `count`; that number if there is none.
  static int firstEightBit(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] < 0) {
        return i;
      }
    }
    return count;
  }
}
