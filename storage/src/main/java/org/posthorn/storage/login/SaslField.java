package org.posthorn.storage.login;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A field of a SASL message: strict UTF-8 without NUL, of bounded length.
final class SaslField {
  /// RFC 4616 §2 asks for 255; some tokens that pass for passwords are longer.
  private static final int FIELD_MAX_BYTES = 1024;

  private SaslField() {}

  static Optional<String> text(byte[] bytes) {
    return text(bytes, FIELD_MAX_BYTES);
  }

  static Optional<String> text(byte[] bytes, int maxBytes) {
    if (bytes.length > maxBytes) {
      return Optional.empty();
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') < 0 ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  static Optional<String> required(byte[] bytes) {
    return text(bytes).filter(text -> !text.isEmpty());
  }
}
