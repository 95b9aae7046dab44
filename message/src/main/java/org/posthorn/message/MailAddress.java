package org.posthorn.message;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A mailbox address as SMTP knows it (RFC 5321 §4.1.2, RFC 6531 §3.3): the local part unquoted and
/// in the case it came in, and a domain.
///
/// The local part has no control characters. Its limit of 64 bytes (RFC 5321 §4.5.3.1.1) is kept
/// for addresses that are made here ([#LOCAL_PART_MAX_BYTES]), not for those that others send from:
/// return paths of mailing lists and forwarders are longer, and mail from them is wanted.
public record MailAddress(String localPart, Domain domain) {
  /// As it is written, of an address that is made here.
  public static final int LOCAL_PART_MAX_BYTES = 64;

  /// What a path may be (RFC 5321 §4.5.3.1.3), without its brackets.
  private static final int ADDRESS_MAX_BYTES = 254;

  public MailAddress {
    if (!isText(localPart) || bytes(written(localPart)) > ADDRESS_MAX_BYTES) {
      throw new IllegalArgumentException("Not a local part: " + localPart.length() + " characters");
    }
  }

  /// Reads `ann@example.org`, `"ann jones"@example.org`, `ann@[192.0.2.1]`: without brackets,
  /// routes, comments or white space around it. Empty for everything else.
  public static Optional<MailAddress> parse(String text) {
    if (text.length() > ADDRESS_MAX_BYTES || bytes(text) > ADDRESS_MAX_BYTES) {
      return Optional.empty();
    }
    int at = text.startsWith("\"") ? endOfQuotedString(text) : text.indexOf('@');
    if (at <= 0 || at >= text.length() || text.charAt(at) != '@') {
      return Optional.empty();
    }
    String written = text.substring(0, at);
    boolean quoted = written.startsWith("\"");
    if (!quoted && !isDotAtom(written)) {
      return Optional.empty();
    }
    String localPart = quoted ? unquoted(written) : written;
    if (!isText(localPart)) {
      return Optional.empty();
    }
    return Domain.parse(text.substring(at + 1)).map(domain -> new MailAddress(localPart, domain));
  }

  /// [#parse] for what is known to be an address.
  public static MailAddress of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException("Not an address: " + text));
  }

  /// Whether it can be written in ASCII, so that SMTPUTF8 is not needed for it.
  public boolean isAscii() {
    return localPart.chars().allMatch(c -> c < 128);
  }

  /// The local part as it is written in SMTP: in quotes where it must be.
  public String writtenLocalPart() {
    return written(localPart);
  }

  /// As [#parse] reads it.
  @Override
  public String toString() {
    return written(localPart) + "@" + domain;
  }

  private static String written(String localPart) {
    if (isDotAtom(localPart)) {
      return localPart;
    }
    StringBuilder quoted = new StringBuilder(localPart.length() + 4).append('"');
    for (int i = 0; i < localPart.length(); i++) {
      char c = localPart.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\');
      }
      quoted.append(c);
    }
    return quoted.append('"').toString();
  }

  /// The index behind the closing quote, or -1.
  private static int endOfQuotedString(String text) {
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '"') {
        return i + 1;
      }
    }
    return -1;
  }

  private static String unquoted(String quoted) {
    StringBuilder content = new StringBuilder(quoted.length());
    for (int i = 1; i < quoted.length() - 1; i++) {
      char c = quoted.charAt(i);
      content.append(c == '\\' ? quoted.charAt(++i) : c);
    }
    return content.toString();
  }

  private static boolean isDotAtom(String text) {
    boolean dotMay = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' ? !dotMay : !isAtomCharacter(c)) {
        return false;
      }
      dotMay = c != '.';
    }
    return dotMay;
  }

  private static boolean isAtomCharacter(char c) {
    return c >= 128
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
  }

  /// No control characters, no half surrogate pairs.
  private static boolean isText(String text) {
    return text.codePoints()
        .allMatch(c -> !Character.isISOControl(c) && !(c >= 0xD800 && c <= 0xDFFF));
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
