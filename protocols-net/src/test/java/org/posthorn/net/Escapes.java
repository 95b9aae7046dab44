package org.posthorn.net;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Bytes as one readable line and back: `\r \n \t \0 \s \\ \xHH`, all else UTF-8.
final class Escapes {
  private Escapes() {}

  static byte[] bytes(String text) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c != '\\') {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      char kind = text.charAt(i++);
      switch (kind) {
        case 'r' -> bytes.write('\r');
        case 'n' -> bytes.write('\n');
        case 't' -> bytes.write('\t');
        case '0' -> bytes.write(0);
        case 's' -> bytes.write(' ');
        case '\\' -> bytes.write('\\');
        case 'x' -> {
          bytes.write(HexFormat.fromHexDigits(text, i, i + 2));
          i += 2;
        }
        default -> throw new IllegalArgumentException("Unknown escape \\" + kind + " in " + text);
      }
    }
    return bytes.toByteArray();
  }

  static String text(byte[] bytes) {
    try {
      return escaped(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException _) {
      var text = new StringBuilder();
      for (byte b : bytes) {
        text.append(b < 0 ? hex(b & 0xff) : escaped(Character.toString((char) b)));
      }
      return text.toString();
    }
  }

  private static String escaped(String plain) {
    var text = new StringBuilder(plain.length());
    plain
        .chars()
        .forEach(c -> {
          switch (c) {
            case '\r' -> text.append("\\r");
            case '\n' -> text.append("\\n");
            case '\t' -> text.append("\\t");
            case 0 -> text.append("\\0");
            case '\\' -> text.append("\\\\");
            default -> text.append(c < ' ' || c == 127 ? hex(c) : Character.toString((char) c));
          }
        });
    return text.toString();
  }

  private static String hex(int value) {
    return "\\x" + HexFormat.of().withUpperCase().toHexDigits((byte) value);
  }
}
