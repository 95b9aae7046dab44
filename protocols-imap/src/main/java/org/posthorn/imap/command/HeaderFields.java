package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Some fields of a header, as they stand in it, and an empty line (RFC 3501 §6.4.5
/// `HEADER.FIELDS`). A stream over the stream of the header, in bounded memory. Used by one thread.
final class HeaderFields extends InputStream {
  /// A longer name is no name that anybody asks for.
  private static final int NAME_MAX = 256;

  private static final byte[] CRLF = {'\r', '\n'};

  private final InputStream header;
  private final List<byte[]> names = new ArrayList<>();
  private final boolean except;
  private final byte[] input = new byte[2048];
  private int next;
  private int end;

  /// What is ready to be read: a name that turned out to be wanted, or the empty line at the end.
  private final byte[] ready = new byte[NAME_MAX];

  private int readyNext;
  private int readyEnd;
  private Place place = Place.LINE_START;
  private boolean keeping;

  private enum Place {
    LINE_START,
    IN_LINE,
    OVER
  }

  /// `except`: all fields but these.
  HeaderFields(InputStream header, List<String> fields, boolean except) {
    this.header = header;
    this.except = except;
    for (String field : fields) {
      names.add(field.getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = 0;
    while (count < length) {
      if (readyNext < readyEnd) {
        target[offset + count++] = ready[readyNext++];
      } else if (place == Place.OVER) {
        break;
      } else if (place == Place.LINE_START) {
        startLine();
      } else {
        count += line(target, offset + count, length - count);
      }
    }
    return count == 0 && length > 0 ? -1 : count;
  }

  /// Reads up to the place where it is clear whether the line is wanted.
  private void startLine() throws IOException {
    int first = peek();
    if (first == ' ' || first == '\t') {
      place = Place.IN_LINE;
      return;
    }
    if (first < 0 || first == '\r' || first == '\n') {
      offer(CRLF, CRLF.length);
      place = Place.OVER;
      return;
    }
    int length = 0;
    int c = first;
    while (c >= 0 && c != ':' && c != '\n' && length < NAME_MAX) {
      ready[length++] = (byte) c;
      next++;
      c = peek();
    }
    int nameLength = length;
    while (nameLength > 0 && (ready[nameLength - 1] == ' ' || ready[nameLength - 1] == '\t')) {
      nameLength--;
    }
    keeping = (c == ':' && isNamed(nameLength)) != except;
    place = Place.IN_LINE;
    readyNext = 0;
    readyEnd = keeping ? length : 0;
  }

  /// Copies or skips some of the line; returns how much was copied.
  private int line(byte[] target, int offset, int length) throws IOException {
    if (peek() < 0) {
      place = Place.LINE_START;
      return 0;
    }
    int limit = keeping ? Math.min(end, next + length) : end;
    int from = next;
    while (next < limit && place == Place.IN_LINE) {
      if (input[next++] == '\n') {
        place = Place.LINE_START;
      }
    }
    if (!keeping) {
      return 0;
    }
    System.arraycopy(input, from, target, offset, next - from);
    return next - from;
  }

  private boolean isNamed(int length) {
    for (byte[] name : names) {
      if (name.length == length && sameName(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean sameName(byte[] name) {
    for (int i = 0; i < name.length; i++) {
      if (lower(name[i]) != lower(ready[i])) {
        return false;
      }
    }
    return true;
  }

  private void offer(byte[] bytes, int length) {
    System.arraycopy(bytes, 0, ready, 0, length);
    readyNext = 0;
    readyEnd = length;
  }

  private int peek() throws IOException {
    if (next == end) {
      next = 0;
      end = Math.max(header.read(input, 0, input.length), 0);
      if (end == 0) {
        return -1;
      }
    }
    return input[next] & 0xff;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  @Override
  public void close() throws IOException {
    header.close();
  }
}
