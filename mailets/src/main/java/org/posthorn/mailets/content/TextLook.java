package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.Part;

/// What must be known of a body before it is changed, found in one pass over its decoded bytes.
/// `bodyTag` is where the last `</body` begins, -1 if there is none; `isArmored`: PGP without MIME.
record TextLook(long bodyTag, boolean isArmored, int lastByte) {
  private static final byte[] BODY = "</body".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARMOR = "-----begin pgp ".getBytes(StandardCharsets.US_ASCII);

  static TextLook at(Message message, Part part) {
    long offset = 0;
    long bodyTag = -1;
    boolean armored = false;
    int last = -1;
    int body = 0;
    int armor = 0;
    byte[] buffer = new byte[16_384];
    try (InputStream in = Rewritten.decoded(message, part)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        for (int i = 0; i < count; i++) {
          int b = buffer[i] >= 'A' && buffer[i] <= 'Z' ? buffer[i] + 32 : buffer[i];
          body = b == BODY[body] ? body + 1 : b == '<' ? 1 : 0;
          if (body == BODY.length) {
            bodyTag = offset + i + 1 - BODY.length;
            body = 0;
          }
          armor = b == ARMOR[armor] ? armor + 1 : b != '-' ? 0 : armor == 5 ? 5 : 1;
          if (armor == ARMOR.length) {
            armored = true;
            armor = 0;
          }
        }
        last = count > 0 ? buffer[count - 1] : last;
        offset += count;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new TextLook(bodyTag, armored, last);
  }
}
