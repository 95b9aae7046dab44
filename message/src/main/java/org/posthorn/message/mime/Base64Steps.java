package org.posthorn.message.mime;

import java.util.Arrays;

/// Four characters of the alphabet are three bytes (RFC 2045 §6.8); what is not of it is passed
/// over, and padding ends one text of perhaps several. Used by one thread.
final class Base64Steps implements DecodingSteps {
  private static final int STRIDE = 256;

  /// More than there are characters in a stride.
  private static final int PADDING = 1 << 16;

  private static final byte[] VALUES = values();
  private static final int[] COUNTS = counts();

  private int bits;
  private int characters;
  private int skipped;

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

  /// Only counts characters. It goes into no group that it cannot leave, so that what the bits of a
  /// group are need not be known.
  @Override
  public int skip(byte[] in, int from, int to, int limit, byte[] spare) {
    skipped = 0;
    if (limit < 3) {
      return from;
    }
    int at = from;
    while (to - at >= STRIDE && limit - skipped >= STRIDE) {
      int found = 0;
      for (int i = at; i < at + STRIDE; i++) {
        found += COUNTS[in[i] & 0xFF];
      }
      if (found >= PADDING) {
        break;
      }
      characters += found;
      skipped += characters / 4 * 3;
      characters %= 4;
      at += STRIDE;
    }
    while (at < to && (characters > 0 || limit - skipped >= 3)) {
      int count = COUNTS[in[at++] & 0xFF];
      if (count == PADDING) {
        skipped += Math.max(characters - 1, 0);
        characters = 0;
      } else {
        characters += count;
        if (characters == 4) {
          skipped += 3;
          characters = 0;
        }
      }
    }
    return at;
  }

  @Override
  public int skipped() {
    return skipped;
  }

  @Override
  public boolean isClean() {
    return characters == 0;
  }

  /// For each byte how many characters it is, or that it is padding.
  private static int[] counts() {
    int[] counts = new int[256];
    for (int i = 0; i < VALUES.length; i++) {
      counts[i] = VALUES[i] < 0 ? 0 : 1;
    }
    counts['='] = PADDING;
    return counts;
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
