package org.posthorn.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads the header of a message, by the same rules as the structure scanner: a line ends with LF
/// (a CR before it belongs to it), lines that are no field are passed over, and where already the
/// first line is no field, there is no header.
public final class Headers {
  /// A longer header is read to here.
  public static final int BYTES_MAX = 1024 * 1024;

  /// Of more fields these are read.
  public static final int FIELDS_MAX = 10_000;

  private Headers() {}

  /// A field and its bytes in the message, from `start` to `end` (exclusive), line breaks and all.
  public record Placed(HeaderField field, long start, long end) {}

  /// The fields of the message, in order. Reads little more than the header; does not close.
  public static List<Placed> read(InputStream message) throws IOException {
    return read(readHeader(message));
  }

  /// The fields of the message that begins with `bytes`.
  public static List<Placed> read(byte[] bytes) {
    List<Placed> found = new ArrayList<>();
    int at = 0;
    while (at < bytes.length && found.size() < FIELDS_MAX) {
      int end = endOfLine(bytes, at);
      if (isEmptyLine(bytes, at, end)) {
        break;
      }
      int colon = colon(bytes, at, end);
      if (colon < 0 && at == 0 && !isMailboxMark(bytes)) {
        break;
      }
      while (end < bytes.length && (bytes[end] == ' ' || bytes[end] == '\t')) {
        end = endOfLine(bytes, end);
      }
      if (colon >= 0) {
        found.add(new Placed(field(bytes, at, colon, end), at, end));
      }
      at = end;
    }
    return found;
  }

  /// The fields alone.
  public static List<HeaderField> fields(InputStream message) throws IOException {
    return read(message).stream().map(Placed::field).toList();
  }

  /// All bytes up to and with the empty line that ends the header, and possibly more.
  private static byte[] readHeader(InputStream message) throws IOException {
    byte[] buffer = new byte[4096];
    int length = 0;
    while (length < BYTES_MAX) {
      if (length == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.min(BYTES_MAX, length * 2));
      }
      int count = message.read(buffer, length, buffer.length - length);
      if (count < 0) {
        break;
      }
      int looked = Math.max(0, length - 2);
      length += count;
      if (hasEmptyLine(buffer, looked, length)) {
        break;
      }
    }
    return Arrays.copyOf(buffer, length);
  }

  private static boolean hasEmptyLine(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        int next = i + 1 < to && bytes[i + 1] == '\r' ? i + 2 : i + 1;
        if (next < to && bytes[next] == '\n') {
          return true;
        }
      }
    }
    return false;
  }

  private static int endOfLine(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return bytes.length;
  }

  private static boolean isEmptyLine(byte[] bytes, int from, int to) {
    return bytes[from] == '\n' || (bytes[from] == '\r' && to - from <= 2);
  }

  private static int colon(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] > ' ' && bytes[at] < 127 && bytes[at] != ':') {
      at++;
    }
    if (at == from) {
      return -1;
    }
    while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
    return at < to && bytes[at] == ':' ? at : -1;
  }

  private static boolean isMailboxMark(byte[] bytes) {
    int start = bytes[0] == '>' ? 1 : 0;
    return bytes.length > start + 5
        && bytes[start] == 'F'
        && bytes[start + 1] == 'r'
        && bytes[start + 2] == 'o'
        && bytes[start + 3] == 'm'
        && bytes[start + 4] == ' ';
  }

  private static HeaderField field(byte[] bytes, int start, int colon, int end) {
    ByteArrayOutputStream value = new ByteArrayOutputStream(end - colon);
    int at = colon + 1;
    while (at < end) {
      int lineEnd = endOfLine(bytes, at);
      int textEnd = lineEnd;
      if (textEnd > at && bytes[textEnd - 1] == '\n') {
        textEnd--;
      }
      if (textEnd > at && bytes[textEnd - 1] == '\r') {
        textEnd--;
      }
      value.write(bytes, at, textEnd - at);
      at = lineEnd;
    }
    byte[] unfolded = value.toByteArray();
    return new HeaderField(
        HeaderText.read(bytes, start, colon), HeaderText.read(unfolded, 0, unfolded.length));
  }
}
