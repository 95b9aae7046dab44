package org.posthorn.app.transfer.mbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Finds where the messages of an mbox begin and end. A message begins with a line `From ` at the
/// start of the file or behind an empty line; where the first one has a time, only lines with a
/// time count, so that a line of text that begins with "From" divides nothing. A Content-Length is
/// believed when a message or the end of the file is where it says. Memory is bounded whatever is
/// in the file. Used by one thread.
final class MboxScanner {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int LINE_KEPT_BYTES = 1_000;
  private static final String LENGTH = "content-length:";

  private final FileChannel file;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
  private final byte[] line = new byte[LINE_KEPT_BYTES];
  private long position;
  private int kept;
  private long lineStart;
  private boolean lineBlank;
  private boolean strict;
  private boolean pending;

  /// A message with its From line, and without the empty line behind it.
  record Region(long start, long end) {}

  MboxScanner(FileChannel file) {
    this.file = file;
  }

  /// The next message; empty at the end, and where there is something else than an mbox.
  Optional<Region> next() throws IOException {
    if (!pending && !begin()) {
      return Optional.empty();
    }
    pending = false;
    long start = lineStart;
    boolean inHeader = true;
    boolean blankBefore = false;
    long blankStart = 0;
    long length = -1;
    long exactEnd = -1;
    while (readLine()) {
      if (blankBefore && isFrom()) {
        pending = true;
        break;
      }
      blankBefore = lineBlank;
      if (lineBlank) {
        blankStart = lineStart;
      }
      if (inHeader && !lineBlank) {
        length = Math.max(length, contentLength());
      } else if (inHeader) {
        inHeader = false;
        if (length >= 0 && endsAt(position + length)) {
          exactEnd = position + length;
          seek(exactEnd);
        }
      }
    }
    long lastEnd = blankBefore ? blankStart : position;
    return Optional.of(new Region(start, exactEnd >= 0 ? exactEnd : lastEnd));
  }

  private boolean begin() throws IOException {
    while (readLine()) {
      if (startsWithFrom()) {
        strict = FromLine.hasTime(text());
        return true;
      }
      if (!lineBlank) {
        return false;
      }
    }
    return false;
  }

  private boolean isFrom() {
    return startsWithFrom() && (!strict || FromLine.hasTime(text()));
  }

  private boolean startsWithFrom() {
    return kept >= 5
        && line[0] == 'F'
        && line[1] == 'r'
        && line[2] == 'o'
        && line[3] == 'm'
        && line[4] == ' ';
  }

  private long contentLength() {
    if (kept < LENGTH.length() || (line[0] | 0x20) != 'c') {
      return -1;
    }
    String text = text();
    if (!text.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
      return -1;
    }
    try {
      return Long.parseLong(text.substring(LENGTH.length()).strip());
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  private String text() {
    return new String(line, 0, kept, StandardCharsets.ISO_8859_1);
  }

  /// Whether the file ends there, or a message begins, perhaps behind an empty line.
  private boolean endsAt(long at) throws IOException {
    long size = file.size();
    if (at < 0 || at > size) {
      return false;
    }
    ByteBuffer there = ByteBuffer.allocate(9);
    int count = Math.max(0, file.read(there, at));
    String text = new String(there.array(), 0, count, StandardCharsets.ISO_8859_1);
    return (text.isBlank() && at + count == size) || text.stripLeading().startsWith("From ");
  }

  private void seek(long to) {
    long back = position - buffer.position();
    if (to - back >= 0 && to - back <= buffer.limit()) {
      buffer.position((int) (to - back));
    } else {
      buffer.position(0).limit(0);
    }
    position = to;
  }

  /// Reads one line; the first bytes of it are kept.
  private boolean readLine() throws IOException {
    lineStart = position;
    kept = 0;
    lineBlank = true;
    while (true) {
      if (!buffer.hasRemaining() && !fill()) {
        return position > lineStart;
      }
      byte b = buffer.get();
      position++;
      if (b == '\n') {
        return true;
      }
      if (b != '\r') {
        lineBlank = false;
      }
      if (kept < LINE_KEPT_BYTES) {
        line[kept++] = b;
      }
    }
  }

  private boolean fill() throws IOException {
    buffer.clear();
    int count = file.read(buffer, position);
    buffer.flip();
    return count > 0;
  }
}
