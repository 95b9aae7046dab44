package org.posthorn.attachment;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Archives of forms that are not looked into, by their first bytes.
final class Sealed {
  private static final List<String> MAGICS =
      List.of(
          "7z\u00BC\u00AF\047\034",
          "Rar!\032\007",
          "\037\u008B",
          "BZh",
          "\u00FD7zXZ\000",
          "(\u00B5/\u00FD",
          "MSCF");

  private Sealed() {}

  static boolean is(byte[] file) {
    var head = new String(file, 0, Math.min(file.length, 8), StandardCharsets.ISO_8859_1);
    return MAGICS.stream().anyMatch(head::startsWith);
  }
}
