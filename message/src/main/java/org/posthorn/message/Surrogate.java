package org.posthorn.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private static final String NOT_ASCII = "[^\\x00-\\x7F]";
  private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern IN_ANGLES = Pattern.compile("<([^<>]*" + NOT_ASCII + "[^<>]*)>");
  private static final Pattern BARE_ADDRESS = Pattern.compile("[^\\s,;:<>\"]+@[^\\s,;:<>\"]+");
  private static final Pattern WORD_WITH_AT = Pattern.compile("\\S*@\\S*");

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
    String prepared = lower.startsWith("content-") ? quotedWords(value, "\"") : value;
    return WORD_WITH_AT.matcher(prepared).replaceAll(found -> literal(encoded(found.group())));
  }

  private static String addresses(String value) {
    String named = quotedWords(value, "");
    String angled =
        IN_ANGLES
            .matcher(named)
            .replaceAll(found -> literal("(" + encoded(found.group(1)) + ") " + NO_ADDRESS));
    return BARE_ADDRESS.matcher(angled).replaceAll(Surrogate::bareAddress);
  }

  private static String bareAddress(MatchResult found) {
    String address = found.group();
    return literal(isAscii(address) ? address : encoded(address) + " " + NO_ADDRESS);
  }

  /// Quoted strings outside ASCII as encoded words, between `quote`s.
  private static String quotedWords(String value, String quote) {
    return QUOTED
        .matcher(value)
        .replaceAll(found -> {
          String text = found.group(1).replaceAll("\\\\(.)", "$1");
          return literal(isAscii(text) ? found.group() : quote + encoded(text) + quote);
        });
  }

  private static String encoded(String text) {
    return isAscii(text) ? text : EncodedWord.encode(text);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  private static String literal(String replacement) {
    return Matcher.quoteReplacement(replacement);
  }
}
