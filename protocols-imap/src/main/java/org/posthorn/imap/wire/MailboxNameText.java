package org.posthorn.imap.wire;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// Mailbox names between Unicode and IMAP's modified UTF-7 (RFC 3501 §5.1.3).
public final class MailboxNameText {
  private static final Base64.Encoder TO_BASE64 = Base64.getEncoder().withoutPadding();
  private static final Base64.Decoder FROM_BASE64 = Base64.getDecoder();

  private MailboxNameText() {}

  /// As it goes over the wire: printable ASCII only.
  public static String encode(String name) {
    if (name.chars().allMatch(c -> isDirect((char) c) && c != '&')) {
      return name;
    }
    var text = new StringBuilder(name.length() + 16);
    for (int i = 0; i < name.length(); ) {
      char c = name.charAt(i);
      if (isDirect(c)) {
        text.append(c == '&' ? "&-" : String.valueOf(c));
        i++;
      } else {
        int end = i;
        while (end < name.length() && !isDirect(name.charAt(end))) {
          end++;
        }
        byte[] units = name.substring(i, end).getBytes(StandardCharsets.UTF_16BE);
        text.append('&').append(TO_BASE64.encodeToString(units).replace('/', ',')).append('-');
        i = end;
      }
    }
    return text.toString();
  }

  /// Empty when `text` is no modified UTF-7, or is not the only way to write what it says: two
  /// spellings of one name would be two names to some and one to others. Text with characters
  /// outside ASCII was sent as UTF-8 and is taken as it is.
  public static Optional<String> decode(String text) {
    if (text.indexOf('&') < 0) {
      return Optional.of(text);
    }
    if (!text.chars().allMatch(c -> c < 0x80)) {
      return Optional.of(text);
    }
    var name = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      int end = c == '&' ? text.indexOf('-', i) : i;
      if (end < 0) {
        return Optional.empty();
      }
      if (c != '&') {
        name.append(c);
      } else if (end == i + 1) {
        name.append('&');
      } else {
        Optional<String> shifted = shifted(text.substring(i + 1, end));
        if (shifted.isEmpty()) {
          return Optional.empty();
        }
        name.append(shifted.get());
      }
      i = end + 1;
    }
    String decoded = name.toString();
    return encode(decoded).equals(text) ? Optional.of(decoded) : Optional.empty();
  }

  private static Optional<String> shifted(String base64) {
    if (base64.indexOf('/') >= 0) {
      return Optional.empty();
    }
    try {
      byte[] units = FROM_BASE64.decode(base64.replace(',', '/'));
      return Optional.of(new String(units, StandardCharsets.UTF_16BE));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static boolean isDirect(char c) {
    return c >= 0x20 && c < 0x7f;
  }
}
