package org.posthorn.storage.login;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// SASL messages as SMTP, IMAP and POP3 write them: strict Base64 (RFC 4648 §3.5, §4), `*` to
/// cancel, `=` for an initial response that is empty (RFC 4954 §4, RFC 9051 §6.2.2, RFC 5034 §4).
public final class SaslText {
  /// RFC 4954 §4.
  public static final int LINE_MAX_BYTES = 12_288;

  private SaslText() {}

  public static String encode(String challenge) {
    return Base64.getEncoder().encodeToString(challenge.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether a response line cancels the exchange.
  public static boolean cancels(String line) {
    return line.equals("*");
  }

  /// The bytes of a response line; empty when it is no Base64, is not padded, or is too long.
  public static Optional<byte[]> decode(String line) {
    if (line.length() > LINE_MAX_BYTES || line.length() % 4 != 0) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(line);
      // Java lets pass what is left of the last byte; only zeros may be there.
      boolean canonical = Base64.getEncoder().encodeToString(bytes).equals(line);
      return canonical ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// The bytes of an initial response, where `=` is an empty one; else as [#decode].
  public static Optional<byte[]> decodeInitial(String argument) {
    return argument.equals("=") ? Optional.of(new byte[0]) : decode(argument);
  }
}
