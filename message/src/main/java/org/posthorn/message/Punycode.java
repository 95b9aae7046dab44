package org.posthorn.message;

import java.util.Optional;

/// The ASCII form of a label (RFC 3492), for the letters that [java.net.IDN] still maps away as
/// IDNA 2003 did: `ß` and final `ς` are letters of their own since RFC 5894 §7.2, and
/// straße.example belongs to somebody else than strasse.example.
final class Punycode {
  private static final int BASE = 36;
  private static final int T_MIN = 1;
  private static final int T_MAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int INITIAL_BIAS = 72;
  private static final int INITIAL_N = 128;
  private static final int LABEL_MAX = 63;
  private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";

  private Punycode() {}

  /// The label without the `xn--` before it; `label` is at most 63 characters.
  static String encode(String label) {
    int[] points = label.codePoints().toArray();
    StringBuilder out = new StringBuilder();
    for (int point : points) {
      if (point < INITIAL_N) {
        out.append((char) point);
      }
    }
    int handled = out.length();
    int basic = handled;
    if (basic > 0) {
      out.append('-');
    }
    int n = INITIAL_N;
    int delta = 0;
    int bias = INITIAL_BIAS;
    while (handled < points.length) {
      int next = Integer.MAX_VALUE;
      for (int point : points) {
        next = point >= n ? Math.min(next, point) : next;
      }
      delta += (next - n) * (handled + 1);
      n = next;
      for (int point : points) {
        delta += point < n ? 1 : 0;
        if (point == n) {
          appendNumber(out, delta, bias);
          bias = adapt(delta, handled + 1, handled == basic);
          delta = 0;
          handled++;
        }
      }
      delta++;
      n++;
    }
    return out.toString();
  }

  private static void appendNumber(StringBuilder out, int number, int bias) {
    int rest = number;
    for (int k = BASE; ; k += BASE) {
      int t = threshold(k, bias);
      if (rest < t) {
        out.append(DIGITS.charAt(rest));
        return;
      }
      out.append(DIGITS.charAt(t + (rest - t) % (BASE - t)));
      rest = (rest - t) / (BASE - t);
    }
  }

  /// The label that `encoded` (without `xn--`) stands for, if it is one.
  static Optional<String> decode(String encoded) {
    if (encoded.length() > LABEL_MAX) {
      return Optional.empty();
    }
    int basic = Math.max(0, encoded.lastIndexOf('-'));
    StringBuilder out = new StringBuilder(encoded.substring(0, basic));
    long n = INITIAL_N;
    long i = 0;
    int bias = INITIAL_BIAS;
    int at = basic > 0 ? basic + 1 : 0;
    while (at < encoded.length()) {
      long before = i;
      long weight = 1;
      for (int k = BASE; ; k += BASE) {
        int digit = at < encoded.length() ? DIGITS.indexOf(encoded.charAt(at++)) : -1;
        i += digit * weight;
        if (digit < 0 || i > Integer.MAX_VALUE) {
          return Optional.empty();
        }
        int t = threshold(k, bias);
        if (digit < t) {
          break;
        }
        weight *= BASE - t;
        if (weight > Integer.MAX_VALUE) {
          return Optional.empty();
        }
      }
      int length = out.codePointCount(0, out.length()) + 1;
      bias = adapt((int) (i - before), length, before == 0);
      n += i / length;
      i %= length;
      if (n > Character.MAX_CODE_POINT || (n >= 0xD800 && n < 0xE000)) {
        return Optional.empty();
      }
      out.insert(out.offsetByCodePoints(0, (int) i), Character.toChars((int) n));
      i++;
    }
    return Optional.of(out.toString());
  }

  private static int threshold(int k, int bias) {
    return Math.clamp(k - bias, T_MIN, T_MAX);
  }

  private static int adapt(int delta, int length, boolean first) {
    int rest = first ? delta / DAMP : delta / 2;
    rest += rest / length;
    int k = 0;
    while (rest > (BASE - T_MIN) * T_MAX / 2) {
      rest /= BASE - T_MIN;
      k += BASE;
    }
    return k + (BASE - T_MIN + 1) * rest / (rest + SKEW);
  }
}
