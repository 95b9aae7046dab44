package org.posthorn.attachment;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Windows' numbers of character sets.
final class CodePage {
  private CodePage() {}

  /// Latin letters when the number is unknown.
  static Charset of(int number) {
    if (number == 65001) {
      return StandardCharsets.UTF_8;
    }
    for (String name : List.of("windows-" + number, "x-windows-" + number, "Cp" + number)) {
      if (Charset.isSupported(name)) {
        return Charset.forName(name);
      }
    }
    return StandardCharsets.ISO_8859_1;
  }
}
