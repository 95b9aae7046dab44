package org.posthorn.message.mime;

import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/// Takes the content transfer encoding off a body (RFC 2045 §6), forgiving what mail in the wild
/// has: characters that are not of the alphabet, missing padding, lower-case or broken `=XX`,
/// several base64 texts one after the other.
public final class TransferDecoding {
  private TransferDecoding() {}

  /// The decoded bytes of `body`. An encoding that is none of base64, quoted-printable leaves them
  /// as they are. Closing the stream closes `body`.
  public static InputStream decoded(InputStream body, String encoding) {
    return DecodedBody.of(body, encoding).<InputStream>map(decoded -> decoded).orElse(body);
  }

  /// The decoded bytes of a whole body that is in memory.
  public static byte[] decoded(byte[] body, int from, int to, String encoding) {
    Optional<DecodingSteps> needed = DecodingSteps.of(encoding);
    if (needed.isEmpty()) {
      return Arrays.copyOfRange(body, from, to);
    }
    DecodingSteps steps = needed.get();
    byte[] out = new byte[to - from + DecodingSteps.PENDING_MAX];
    int count = steps.decode(body, from, to, out);
    count = steps.finish(out, count);
    return Arrays.copyOf(out, count);
  }
}
