package org.posthorn.message.mime;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/// A body without its base64 or quoted-printable, as it is read. Skipping base64 only counts its
/// characters. Closing the stream closes the body. Used by one thread.
public final class DecodedBody extends InputStream {
  /// As many bytes as a group of base64 stands for: less is not skipped without decoding.
  private static final int GROUP = 3;

  private final InputStream body;
  private final DecodingSteps steps;
  private final byte[] in = new byte[8192];
  private final byte[] out = new byte[in.length + DecodingSteps.PENDING_MAX];
  private int inAt;
  private int inEnd;
  private int at;
  private int count;
  private long taken;
  private boolean ended;

  private DecodedBody(InputStream body, DecodingSteps steps) {
    this.body = body;
    this.steps = steps;
  }

  /// Empty for an encoding that is neither of the two: the bytes of `body` are as they are.
  public static Optional<DecodedBody> of(InputStream body, String encoding) {
    return DecodingSteps.of(encoding).map(steps -> new DecodedBody(body, steps));
  }

  @Override
  public int read() throws IOException {
    return fill() ? out[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int read = Math.min(length, count - at);
    System.arraycopy(out, at, into, offset, read);
    at += read;
    return read;
  }

  /// Ends, perhaps short of `n`, where [#encodedAt] is known if it can. 0 at the end of the body,
  /// and when so little cannot be skipped but only read.
  @Override
  public long skip(long n) throws IOException {
    long skipped = Math.min(Math.max(n, 0), count - at);
    at += (int) skipped;
    while (at == count && !ended && n - skipped >= GROUP) {
      if (isUsedUp()) {
        skipped += steps.finish(out, 0);
        break;
      }
      int before = inAt;
      int limit = (int) Math.min(n - skipped, out.length);
      inAt = steps.skip(in, inAt, inEnd, limit, out);
      taken += inAt - before;
      skipped += steps.skipped();
      if (inAt == before) {
        break;
      }
    }
    return skipped;
  }

  /// How many bytes of the body stand for what was read and skipped until now, so that a stream
  /// over the rest of it goes on here. Empty where the body cannot be cut.
  public OptionalLong encodedAt() {
    return at == count && !ended && steps.isClean() ? OptionalLong.of(taken) : OptionalLong.empty();
  }

  private boolean fill() throws IOException {
    while (at == count && !ended) {
      at = 0;
      count = 0;
      if (isUsedUp()) {
        count = steps.finish(out, 0);
      } else {
        count = steps.decode(in, inAt, inEnd, out);
        taken += inEnd - inAt;
        inAt = inEnd;
      }
    }
    return at < count;
  }

  /// Whether the body ended and all of it was taken.
  private boolean isUsedUp() throws IOException {
    if (inAt == inEnd) {
      inAt = 0;
      inEnd = Math.max(body.read(in, 0, in.length), 0);
      ended = inEnd == 0;
    }
    return ended;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
