package org.posthorn.senderauth.dkim;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/// The fields of a header as the bytes that they are, for signatures are over bytes. The same lines
/// are fields as elsewhere in this program: one that is none is passed over, and where already the
/// first is none, there is no header. Many are kept while the DNS of strangers is waited for, so a
/// field is no more than its place among the bytes. Immutable.
public final class RawHeader {
  private static final int FIELDS_MAX = 10_000;

  private final List<RawField> fields;

  private RawHeader(List<RawField> fields) {
    this.fields = List.copyOf(fields);
  }

  /// Of `length` bytes, up to the empty line that ends a header or to their end.
  static RawHeader read(byte[] bytes, int length) {
    List<RawField> found = new ArrayList<>();
    int at = 0;
    while (at < length && found.size() < FIELDS_MAX) {
      int end = endOfLine(bytes, at, length);
      if (isEmptyLine(bytes, at, end)) {
        break;
      }
      int nameEnd = nameEnd(bytes, at, end);
      int colon = nameEnd < 0 ? -1 : colon(bytes, nameEnd, end);
      if (colon < 0 && at == 0 && !isMailboxMark(bytes, length)) {
        break;
      }
      while (end < length && isBlank(bytes[end])) {
        end = endOfLine(bytes, end, length);
      }
      if (colon >= 0) {
        found.add(new RawField(bytes, at, nameEnd, colon, end));
      }
      at = end;
    }
    return new RawHeader(found);
  }

  /// From top to bottom.
  public List<RawField> fields() {
    return fields;
  }

  /// Those of a name (in lower case), from top to bottom.
  public List<RawField> named(String name) {
    List<RawField> named = new ArrayList<>();
    for (RawField field : fields) {
      if (field.isNamed(name)) {
        named.add(field);
      }
    }
    return named;
  }

  /// What a signature over `names` is about: each name takes the lowest of its fields that is not
  /// taken yet, and nothing when there is none any more (RFC 6376 §5.4.2).
  public List<RawField> chosen(List<String> names) {
    Map<String, Queue<RawField>> left = new HashMap<>();
    names.forEach(name -> left.computeIfAbsent(name, _ -> new ArrayDeque<>()));
    for (RawField field : fields.reversed()) {
      Optional.ofNullable(left.get(field.name())).ifPresent(same -> same.add(field));
    }
    List<RawField> chosen = new ArrayList<>();
    for (String name : names) {
      Optional.ofNullable(left.get(name)).map(Queue::poll).ifPresent(chosen::add);
    }
    return chosen;
  }

  private static int endOfLine(byte[] bytes, int from, int length) {
    int at = from;
    while (at < length && bytes[at] != '\n') {
      at++;
    }
    return Math.min(length, at + 1);
  }

  private static boolean isEmptyLine(byte[] bytes, int from, int to) {
    return bytes[from] == '\n' || (bytes[from] == '\r' && to - from <= 2);
  }

  private static int nameEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] > ' ' && bytes[at] < 127 && bytes[at] != ':') {
      at++;
    }
    return at == from ? -1 : at;
  }

  private static int colon(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && isBlank(bytes[at])) {
      at++;
    }
    return at < to && bytes[at] == ':' ? at : -1;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static boolean isMailboxMark(byte[] bytes, int length) {
    String begin = new String(bytes, 0, Math.min(6, length), StandardCharsets.ISO_8859_1);
    return begin.startsWith("From ") || begin.startsWith(">From ");
  }
}
