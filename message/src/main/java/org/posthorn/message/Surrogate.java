package org.posthorn.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// A header without UTF-8 in the place of one with it, for clients that did not ask for UTF-8 (RFC
/// 6855 §8, RFC 6856 §2.1; a plain form of RFC 6858). Names, subjects and file names become encoded
/// words; an address that has no form in ASCII becomes one that nobody can have, with the true one
/// to read beside it.
public final class Surrogate {
  /// Stands for an address that cannot be written, where the parts are told apart.
  public static final String NO_LOCAL_PART = "unicode-address";

  /// The domain of all such addresses.
  public static final String NO_DOMAIN = "utf8.invalid";

  private static final String NO_ADDRESS = "<" + NO_LOCAL_PART + "@" + NO_DOMAIN + ">";
  private static final Set<String> ADDRESS_FIELDS =
      Set.of(
          "from",
          "sender",
          "reply-to",
          "to",
          "cc",
          "bcc",
          "resent-from",
          "resent-sender",
          "resent-reply-to",
          "resent-to",
          "resent-cc",
          "resent-bcc");

  private Surrogate() {}

  public static boolean allAscii(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /// Fields in ASCII stay as they are, byte by byte.
  public static byte[] header(byte[] header) {
    var surrogate = new ByteArrayOutputStream(header.length + 256);
    for (int start = 0; start < header.length; ) {
      int end = endOfField(header, start);
      field(header, start, end, surrogate);
      start = end;
    }
    return surrogate.toByteArray();
  }

  /// Behind the last line of a field: the next line begins with no white space.
  private static int endOfField(byte[] header, int start) {
    int i = start;
    do {
      while (i < header.length && header[i] != '\n') {
        i++;
      }
      i = Math.min(i + 1, header.length);
    } while (i < header.length && (header[i] == ' ' || header[i] == '\t'));
    return i;
  }

  private static void field(byte[] header, int start, int end, ByteArrayOutputStream surrogate) {
    int colon = start;
    boolean ascii = true;
    for (int i = start; i < end; i++) {
      ascii &= header[i] >= 0;
    }
    while (colon < end && header[colon] != ':') {
      colon++;
    }
    if (ascii) {
      surrogate.write(header, start, end - start);
      return;
    }
    String name = HeaderText.read(header, start, colon);
    boolean named = colon < end && name.chars().allMatch(c -> c > ' ' && c < 127);
    if (named && !name.isEmpty()) {
      String value = HeaderText.read(header, colon + 1, end);
      surrogate.writeBytes(
          HeaderText.line(name, inAscii(name, value)).getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static String inAscii(String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (ADDRESS_FIELDS.contains(lower)) {
      return addresses(value);
    }
    return withoutAddresses(lower.startsWith("content-") ? quotedWords(value) : value);
  }

  /// A word with an address in it is encoded here, as [HeaderText#line] would leave it.
  private static String withoutAddresses(String value) {
    StringBuilder out = new StringBuilder(value.length());
    int at = 0;
    while (at < value.length()) {
      int end = at;
      while (end < value.length() && !isSpace(value.charAt(end))) {
        end++;
      }
      String word = value.substring(at, end);
      out.append(word.indexOf('@') < 0 ? word : encoded(word));
      if (end < value.length()) {
        out.append(value.charAt(end++));
      }
      at = end;
    }
    return out.toString();
  }

  /// Quoted strings outside ASCII as encoded words between quotes.
  private static String quotedWords(String value) {
    StringBuilder out = new StringBuilder(value.length());
    int at = 0;
    while (at < value.length()) {
      int open = value.indexOf('"', at);
      int close = open < 0 ? -1 : closingQuote(value, open);
      if (close < 0) {
        break;
      }
      String text = unquoted(value, open, close);
      out.append(value, at, open);
      out.append('"').append(isAscii(text) ? value.substring(open + 1, close) : encoded(text));
      out.append('"');
      at = close + 1;
    }
    return out.append(value, at, value.length()).toString();
  }

  /// Names and addresses, each character looked at a fixed number of times: a header comes from
  /// strangers.
  private static String addresses(String value) {
    StringBuilder out = new StringBuilder(value.length());
    boolean quotes = true;
    int at = 0;
    while (at < value.length()) {
      char c = value.charAt(at);
      int end = at + 1;
      if (c == '"' && quotes) {
        int close = closingQuote(value, at);
        // Where one does not close, no later one does.
        quotes = close >= 0;
        end = close < 0 ? end : close + 1;
        String text = unquoted(value, at, close);
        out.append(isAscii(text) ? value.substring(at, end) : encoded(text));
      } else if (c == '<') {
        int close = closingAngle(value, at);
        end = close < 0 ? end : close + 1;
        String whole = value.substring(at, end);
        out.append(
            isAscii(whole)
                ? whole
                : "(" + encoded(whole.substring(1, whole.length() - 1)) + ") " + NO_ADDRESS);
      } else if (endsAddress(c)) {
        out.append(c);
      } else {
        while (end < value.length() && !endsAddress(value.charAt(end))) {
          end++;
        }
        String bare = value.substring(at, end);
        out.append(
            bare.indexOf('@') < 0 || isAscii(bare) ? bare : encoded(bare) + " " + NO_ADDRESS);
      }
      at = end;
    }
    return out.toString();
  }

  /// Of the quoted string that begins at `open`; -1 if it does not end.
  private static int closingQuote(String value, int open) {
    for (int i = open + 1; i < value.length(); i++) {
      switch (value.charAt(i)) {
        case '"' -> {
          return i;
        }
        case '\\' -> i++;
        default -> {}
      }
    }
    return -1;
  }

  /// What stands between the quotes, without its backslashes; nothing where `close` is -1.
  private static String unquoted(String value, int open, int close) {
    StringBuilder text = new StringBuilder();
    for (int i = open + 1; i < close; i++) {
      if (value.charAt(i) == '\\') {
        i++;
      }
      text.append(value.charAt(i));
    }
    return text.toString();
  }

  /// -1 where another angle opens before one closes.
  private static int closingAngle(String value, int open) {
    for (int i = open + 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '<' || c == '>') {
        return c == '>' ? i : -1;
      }
    }
    return -1;
  }

  private static boolean endsAddress(char c) {
    return isSpace(c) || c == ',' || c == ';' || c == ':' || c == '<' || c == '>' || c == '"';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  private static String encoded(String text) {
    return isAscii(text) ? text : EncodedWord.encode(text);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }
}
