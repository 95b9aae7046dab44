package org.posthorn.mailets.gate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.posthorn.mailet.Memory;

/// Keys of memories that strangers have a say in.
final class Keys {
  private static final int READABLE = 100;

  private Keys() {}

  /// As it is if it is short enough, else its beginning and a digest.
  static String bounded(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= Memory.KEY_MAX_BYTES) {
      return key;
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      String begin = new String(bytes, 0, READABLE, StandardCharsets.ISO_8859_1);
      return begin.replaceAll("[^ -~]", "?") + "#" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
