package org.posthorn.senderauth.dkim;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// One field of a header as bytes, with all its line breaks. Immutable.
public final class RawField {
  private static final byte[] LINE_END = {'\r', '\n'};

  private final byte[] bytes;
  private final int start;
  private final int nameEnd;
  private final int colon;
  private final int end;

  RawField(byte[] bytes, int start, int nameEnd, int colon, int end) {
    this.bytes = bytes;
    this.start = start;
    this.nameEnd = nameEnd;
    this.colon = colon;
    this.end = end;
  }

  /// A field of our own, from its line without the line break at its end.
  public static RawField of(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    return RawHeader.read(bytes, bytes.length).fields().getFirst();
  }

  /// In lower case.
  public String name() {
    return new String(bytes, start, nameEnd - start, StandardCharsets.US_ASCII)
        .toLowerCase(Locale.ROOT);
  }

  /// Whether it has this name, which is in lower case.
  boolean isNamed(String name) {
    if (name.length() != nameEnd - start) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      int letter = bytes[start + i];
      if (name.charAt(i) != (letter >= 'A' && letter <= 'Z' ? letter + 'a' - 'A' : letter)) {
        return false;
      }
    }
    return true;
  }

  /// What stands behind the colon, line breaks and all; bytes that are no UTF-8 are replaced.
  public String value() {
    return new String(bytes, colon + 1, end - colon - 1, StandardCharsets.UTF_8);
  }

  public int sizeBytes() {
    return end - start;
  }

  /// Writes it as a signature sees it, with its line break.
  public void write(Canonicalization how, ByteArrayOutputStream out) {
    canonical(how, start, end, out);
    out.writeBytes(LINE_END);
  }

  /// Writes it as its own signature sees it: the value of `b=` is empty, and no line break behind.
  public void writeUnsigned(Canonicalization how, ByteArrayOutputStream out) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream(end - start);
    boolean inSignature = false;
    int tag = colon + 1;
    kept.write(bytes, start, tag - start);
    for (int at = tag; at < end; at++) {
      if (bytes[at] == ';') {
        inSignature = false;
        tag = at + 1;
      }
      if (!inSignature) {
        kept.write(bytes[at]);
      }
      if (bytes[at] == '=' && !inSignature && isSignatureTag(tag, at)) {
        inSignature = true;
      }
    }
    byte[] without = kept.toByteArray();
    new RawField(without, 0, nameEnd - start, colon - start, without.length)
        .canonical(how, 0, without.length, out);
  }

  /// Whether nothing but `b` stands from `from` to `to`.
  private boolean isSignatureTag(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1).strip().equals("b");
  }

  private void canonical(Canonicalization how, int from, int to, ByteArrayOutputStream out) {
    int last = withoutLineEnd(to);
    switch (how) {
      case SIMPLE -> simple(from, last, out);
      case RELAXED -> {
        out.writeBytes(name().getBytes(StandardCharsets.US_ASCII));
        out.write(':');
        relaxed(last, out);
      }
    }
  }

  private int withoutLineEnd(int to) {
    int last = to;
    if (last > colon + 1 && bytes[last - 1] == '\n') {
      last--;
      if (last > colon + 1 && bytes[last - 1] == '\r') {
        last--;
      }
    }
    return last;
  }

  /// As it is; a lone LF leaves us as CRLF, so it counts as that.
  private void simple(int from, int to, ByteArrayOutputStream out) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '\n' && (at == from || bytes[at - 1] != '\r')) {
        out.write('\r');
      }
      out.write(bytes[at]);
    }
  }

  /// RFC 6376 §3.4.2: unfolded, one space for white space, none at both ends.
  private void relaxed(int to, ByteArrayOutputStream out) {
    int at = colon + 1;
    boolean begun = false;
    while (at < to) {
      int word = at;
      while (word < to && isFolding(word, to)) {
        word++;
      }
      int end = word;
      while (end < to && !isFolding(end, to)) {
        end++;
      }
      if (end > word) {
        if (begun && hasBlank(at, word)) {
          out.write(' ');
        }
        out.write(bytes, word, end - word);
        begun = true;
      }
      at = end;
    }
  }

  /// White space, or part of a line break.
  private boolean isFolding(int at, int to) {
    byte b = bytes[at];
    return RawHeader.isBlank(b) || b == '\n' || (b == '\r' && at + 1 < to && bytes[at + 1] == '\n');
  }

  private boolean hasBlank(int from, int to) {
    for (int at = from; at < to; at++) {
      if (RawHeader.isBlank(bytes[at])) {
        return true;
      }
    }
    return false;
  }
}
