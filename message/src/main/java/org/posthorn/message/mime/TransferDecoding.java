package org.posthorn.message.mime;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;

/// Takes the content transfer encoding off a body (RFC 2045 §6), forgiving what mail in the wild
/// has: characters that are not of the alphabet, missing padding, lower-case or broken `=XX`,
/// several base64 texts one after the other.
public final class TransferDecoding {
  private TransferDecoding() {}

  /// The decoded bytes of `body`. An encoding that is none of base64, quoted-printable leaves them
  /// as they are. Closing the stream closes `body`.
  public static InputStream decoded(InputStream body, String encoding) {
    return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
      case "base64" -> new Decoding(body, new Base64Steps());
      case "quoted-printable" -> new Decoding(body, new QuotedPrintableSteps());
      default -> body;
    };
  }

  /// The decoded bytes of a whole body that is in memory.
  public static byte[] decoded(byte[] body, int from, int to, String encoding) {
    Steps steps =
        switch (encoding.strip().toLowerCase(Locale.ROOT)) {
          case "base64" -> new Base64Steps();
          case "quoted-printable" -> new QuotedPrintableSteps();
          default -> null;
        };
    if (steps == null) {
      return Arrays.copyOfRange(body, from, to);
    }
    byte[] out = new byte[to - from + Steps.PENDING_MAX];
    int count = steps.decode(body, from, to, out);
    count = steps.finish(out, count);
    return Arrays.copyOf(out, count);
  }

  private sealed interface Steps {
    /// How much more than its input a step may give.
    int PENDING_MAX = 1024;

    /// Decodes a piece into `out` from its start on; returns the number of bytes.
    int decode(byte[] in, int from, int to, byte[] out);

    /// What was held back at the end, put behind `count` bytes; returns the new number of bytes.
    int finish(byte[] out, int count);
  }

  private static final class Base64Steps implements Steps {
    private static final byte[] VALUES = values();

    private int bits;
    private int characters;

    @Override
    public int decode(byte[] in, int from, int to, byte[] out) {
      int count = 0;
      for (int i = from; i < to; i++) {
        byte b = in[i];
        int bits6 = b < 0 ? -1 : VALUES[b];
        if (bits6 >= 0) {
          bits = (bits << 6) | bits6;
          if (++characters == 4) {
            out[count++] = (byte) (bits >> 16);
            out[count++] = (byte) (bits >> 8);
            out[count++] = (byte) bits;
            characters = 0;
          }
        } else if (b == '=') {
          count = finish(out, count);
        }
      }
      return count;
    }

    @Override
    public int finish(byte[] out, int count) {
      int end = count;
      if (characters == 3) {
        out[end++] = (byte) (bits >> 10);
        out[end++] = (byte) (bits >> 2);
      } else if (characters == 2) {
        out[end++] = (byte) (bits >> 4);
      }
      characters = 0;
      return end;
    }

    private static byte[] values() {
      byte[] values = new byte[128];
      Arrays.fill(values, (byte) -1);
      String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
      for (int i = 0; i < alphabet.length(); i++) {
        values[alphabet.charAt(i)] = (byte) i;
      }
      return values;
    }
  }

  /// White space at the end of a line was added on the way and goes (RFC 2045 §6.7 rule 3): all up
  /// to `solid` is sure to stay. White space at the end of a piece is held until the next.
  private static final class QuotedPrintableSteps implements Steps {
    private final byte[] held = new byte[PENDING_MAX - 8];
    private int heldCount;
    private int solid;

    /// 0 outside, 1 after `=`, 2 after `=` and a hexadecimal digit, 3 after `=` and white space.
    private int escape;

    private byte first;

    @Override
    public int decode(byte[] in, int from, int to, byte[] out) {
      System.arraycopy(held, 0, out, 0, heldCount);
      int count = heldCount;
      solid = 0;
      for (int i = from; i < to; i++) {
        byte b = in[i];
        if (escape != 0) {
          count = escaped(b, out, count);
        } else if (b > '=' || (b > ' ' && b < '=')) {
          out[count++] = b;
          solid = count;
        } else {
          count = special(b, out, count);
        }
      }
      heldCount = Math.min(count - solid, held.length);
      System.arraycopy(out, count - heldCount, held, 0, heldCount);
      return count - heldCount;
    }

    private int special(byte b, byte[] out, int count) {
      int end = count;
      switch (b) {
        case ' ', '\t', '\r' -> out[end++] = b;
        case '\n' -> {
          boolean cr = end > solid && out[end - 1] == '\r';
          end = solid;
          if (cr) {
            out[end++] = '\r';
          }
          out[end++] = '\n';
          solid = end;
        }
        case '=' -> {
          solid = end;
          escape = 1;
        }
        default -> {
          out[end++] = b;
          solid = end;
        }
      }
      return end;
    }

    private int escaped(byte b, byte[] out, int count) {
      if (escape == 1 && isHex(b)) {
        first = b;
        escape = 2;
        return count;
      }
      if (escape == 2 && isHex(b)) {
        escape = 0;
        out[count] =
            (byte) ((Character.digit((char) first, 16) << 4) | Character.digit((char) b, 16));
        solid = count + 1;
        return solid;
      }
      if (escape != 2 && b == '\n') {
        escape = 0;
        return count;
      }
      if (escape != 2 && (b == ' ' || b == '\t' || b == '\r')) {
        escape = 3;
        return count;
      }
      return special(b, out, literally(out, count));
    }

    /// What began like an escape and is none stays as it is.
    private int literally(byte[] out, int count) {
      int end = count;
      out[end++] = '=';
      if (escape == 2) {
        out[end++] = first;
      }
      escape = 0;
      solid = end;
      return end;
    }

    @Override
    public int finish(byte[] out, int count) {
      heldCount = 0;
      return escape == 2 ? literally(out, count) : count;
    }

    private static boolean isHex(byte b) {
      return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'F') || (b >= 'a' && b <= 'f');
    }
  }

  private static final class Decoding extends InputStream {
    private final InputStream body;
    private final Steps steps;
    private final byte[] in = new byte[8192];
    private final byte[] out = new byte[8192 + Steps.PENDING_MAX];
    private int at;
    private int count;
    private boolean ended;

    private Decoding(InputStream body, Steps steps) {
      this.body = body;
      this.steps = steps;
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
      int taken = Math.min(length, count - at);
      System.arraycopy(out, at, into, offset, taken);
      at += taken;
      return taken;
    }

    private boolean fill() throws IOException {
      while (at == count && !ended) {
        at = 0;
        int read = body.read(in, 0, in.length);
        if (read < 0) {
          ended = true;
          count = steps.finish(out, 0);
        } else {
          count = steps.decode(in, 0, read, out);
        }
      }
      return at < count;
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }
}
