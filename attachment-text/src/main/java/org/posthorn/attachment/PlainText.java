package org.posthorn.attachment;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// Files that are text already: lists, notes, programs.
final class PlainText {
  private static final int LOOKED_AT_BYTES = 4096;

  private PlainText() {}

  /// Whether nothing in its beginning says that it is something else.
  static boolean is(byte[] file) {
    if (!charset(file).equals(StandardCharsets.UTF_8)) {
      return true;
    }
    for (int i = 0; i < Math.min(file.length, LOOKED_AT_BYTES); i++) {
      if (file[i] == 0) {
        return false;
      }
    }
    return file.length > 0;
  }

  static String of(byte[] file) {
    return new String(file, charset(file));
  }

  private static Charset charset(byte[] file) {
    if (file.length >= 2) {
      int mark = ((file[0] & 0xFF) << 8) | (file[1] & 0xFF);
      if (mark == 0xFEFF || mark == 0xFFFE) {
        return StandardCharsets.UTF_16;
      }
    }
    return StandardCharsets.UTF_8;
  }
}
