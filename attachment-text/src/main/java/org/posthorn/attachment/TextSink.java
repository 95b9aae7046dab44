package org.posthorn.attachment;

import java.io.IOException;
import java.io.Writer;

/// Takes the text of one document, up to a limit; what is beyond ends the reading with [Full]. Used
/// by one thread.
final class TextSink extends Writer {
  private final int maxChars;
  private final StringBuilder text = new StringBuilder();

  /// There is enough text.
  static final class Full extends IOException {
    private static final long serialVersionUID = 1L;
  }

  TextSink(int maxChars) {
    this.maxChars = maxChars;
  }

  @Override
  public void write(char[] chars, int from, int count) throws IOException {
    int taken = Math.min(count, maxChars - text.length());
    text.append(chars, from, taken);
    if (taken < count) {
      throw new Full();
    }
  }

  @Override
  public void write(int c) throws IOException {
    if (text.length() == maxChars) {
      throw new Full();
    }
    text.append((char) c);
  }

  /// A text of its own, as a field or a cell is.
  void writeApart(String value) throws IOException {
    write(value);
    write('\n');
  }

  String text() {
    return text.toString();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
