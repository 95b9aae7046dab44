package org.posthorn.message.mime;

import java.util.Locale;
import java.util.Optional;

/// How an encoding is taken off, piece by piece. What comes does not depend on where the body is
/// cut into pieces.
sealed interface DecodingSteps permits Base64Steps, QuotedPrintableSteps {
  /// How much more than its input a step may give.
  int PENDING_MAX = 1024;

  /// Empty for an encoding that leaves the bytes as they are.
  static Optional<DecodingSteps> of(String encoding) {
    return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
      case "base64" -> Optional.of(new Base64Steps());
      case "quoted-printable" -> Optional.of(new QuotedPrintableSteps());
      default -> Optional.empty();
    };
  }

  /// Decodes a piece into `out` from its start on; returns the number of bytes.
  int decode(byte[] in, int from, int to, byte[] out);

  /// What was held back at the end, put behind `count` bytes; returns the new number of bytes.
  int finish(byte[] out, int count);

  /// Passes over what stands for [#skipped] bytes, `limit` at most, and returns up to where that
  /// is: `from` when it cannot go on within the limit. It ends where [#isClean] if it can. `spare`
  /// is as large as for [#decode].
  int skip(byte[] in, int from, int to, int limit, byte[] spare);

  int skipped();

  /// Whether what follows is decoded as if it were a body of its own.
  boolean isClean();
}
