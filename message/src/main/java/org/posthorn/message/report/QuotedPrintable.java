package org.posthorn.message.report;

import java.nio.charset.StandardCharsets;

/// Writes text as quoted-printable (RFC 2045 §6.7), its line breaks as CRLF.
final class QuotedPrintable {
  private static final int LINE_MAX = 76;
  private static final String HEX = "0123456789ABCDEF";

  private QuotedPrintable() {}

  static String encode(String text) {
    StringBuilder out = new StringBuilder(text.length() + text.length() / 4);
    int column = 0;
    byte[] bytes = text.replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      if (b == '\n') {
        out.append("\r\n");
        column = 0;
        continue;
      }
      boolean endsLine = i + 1 == bytes.length || bytes[i + 1] == '\n';
      boolean plain = (b > ' ' && b < 127 && b != '=') || ((b == ' ' || b == '\t') && !endsLine);
      int length = plain ? 1 : 3;
      if (column + length > LINE_MAX - 1) {
        out.append("=\r\n");
        column = 0;
      }
      if (plain) {
        out.append((char) b);
      } else {
        out.append('=').append(HEX.charAt((b >> 4) & 0xF)).append(HEX.charAt(b & 0xF));
      }
      column += length;
    }
    return out.toString();
  }
}
