package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;
import java.util.Locale;
import java.util.Set;
import org.posthorn.message.mime.HtmlReader;

/// The text of an HTML document with line breaks where a reader sees some: an empty line between
/// paragraphs, single spaces within lines. Linear time and bounded memory. Used by one thread.
final class HtmlLines extends Reader {
  /// Stands for a line break on the way through [HtmlReader].
  private static final char BREAK = '\u2028';

  private final Reader text;
  private final StringBuilder ready = new StringBuilder();
  private final char[] buffer = new char[4_096];
  private int at;
  private boolean started;
  private boolean space;
  private int breaks;
  private boolean over;

  HtmlLines(Reader html) {
    this.text = new HtmlReader(new Marked(html));
  }

  @Override
  public int read(char[] into, int offset, int length) throws IOException {
    while (at == ready.length() && !over) {
      ready.setLength(0);
      at = 0;
      fill();
    }
    if (at == ready.length()) {
      return length == 0 ? 0 : -1;
    }
    int count = Math.min(length, ready.length() - at);
    ready.getChars(at, at + count, into, offset);
    at += count;
    return count;
  }

  private void fill() throws IOException {
    int count = text.read(buffer, 0, buffer.length);
    if (count < 0) {
      over = true;
      ready.append("\r\n");
      return;
    }
    for (int i = 0; i < count; i++) {
      char c = buffer[i];
      if (c == BREAK) {
        breaks++;
      } else if (c <= ' ' || c == '\u00a0') {
        space = true;
      } else {
        if (started && breaks > 0) {
          ready.append(breaks > 1 ? "\r\n\r\n" : "\r\n");
        } else if (started && space) {
          ready.append(' ');
        }
        started = true;
        space = false;
        breaks = 0;
        ready.append(c);
      }
    }
  }

  @Override
  public void close() throws IOException {
    text.close();
  }

  /// The document with a mark before each tag that begins a line.
  private static final class Marked extends Reader {
    private static final int NAME_MAX = 12;
    private static final Set<String> TAGS =
        Set.of(
            "br",
            "div",
            "tr",
            "li",
            "hr",
            "p",
            "/p",
            "h1",
            "/h1",
            "h2",
            "/h2",
            "h3",
            "/h3",
            "h4",
            "/h4",
            "h5",
            "/h5",
            "h6",
            "/h6",
            "ul",
            "ol",
            "table",
            "/table",
            "blockquote",
            "/blockquote",
            "pre",
            "/pre",
            "section",
            "article");

    private final PushbackReader html;
    private final char[] name = new char[NAME_MAX];
    private boolean marked;

    private Marked(Reader html) {
      this.html = new PushbackReader(html, NAME_MAX + 1);
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      int count = 0;
      while (count < length) {
        int c = html.read();
        if (c < 0) {
          break;
        }
        if (c == '<' && !marked && beginsLine()) {
          html.unread(c);
          marked = true;
          into[offset + count++] = BREAK;
        } else {
          marked = false;
          into[offset + count++] = c == '\r' || c == '\n' ? ' ' : (char) c;
        }
      }
      return count == 0 && length > 0 ? -1 : count;
    }

    /// Looks at the name behind the bracket.
    private boolean beginsLine() throws IOException {
      int length = 0;
      while (length < NAME_MAX) {
        int c = html.read();
        if (c < 0) {
          break;
        }
        name[length++] = (char) c;
      }
      html.unread(name, 0, length);
      int end = 0;
      while (end < length && (Character.isLetterOrDigit(name[end]) || name[end] == '/')) {
        if (end > 0 && name[end] == '/') {
          break;
        }
        end++;
      }
      return TAGS.contains(new String(name, 0, end).toLowerCase(Locale.ROOT));
    }

    @Override
    public void close() throws IOException {
      html.close();
    }
  }
}
