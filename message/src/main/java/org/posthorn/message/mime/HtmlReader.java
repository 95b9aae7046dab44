package org.posthorn.message.mime;

import java.io.IOException;
import java.io.Reader;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The readable text of an HTML document of any length: tags, comments, styles and scripts are left
/// out, a space stands for a tag between blocks, the usual entities are read. Linear time and
/// bounded memory, for any text. Used by one thread.
public final class HtmlReader extends Reader {
  private static final int BUFFER = 4096;

  /// So much is looked ahead.
  private static final int AHEAD = 16;

  private static final int NAME_MAX = 10;
  private static final int ENTITY_MAX = 10;

  private final Reader html;
  private final char[] buffer = new char[BUFFER];
  private int at;
  private int end;
  private boolean over;

  /// What was made and is not read yet: at most two characters.
  private char ready;

  private char readyNext;
  private int readyCount;

  /// Closed with this.
  public HtmlReader(Reader html) {
    this.html = html;
  }

  @Override
  public int read(char[] into, int offset, int length) throws IOException {
    int count = 0;
    while (count < length) {
      if (readyCount > 0) {
        into[offset + count++] = ready;
        ready = readyNext;
        readyCount--;
        continue;
      }
      if (!look()) {
        break;
      }
      char c = buffer[at];
      if (c == '<') {
        tag();
      } else if (c == '&') {
        entity();
      } else {
        into[offset + count++] = c;
        at++;
      }
    }
    return count == 0 && length > 0 ? -1 : count;
  }

  /// Whether there is a character at `at`; then there are some more behind it, unless it ends.
  private boolean look() throws IOException {
    while (end - at < AHEAD && !over) {
      if (at > 0) {
        System.arraycopy(buffer, at, buffer, 0, end - at);
        end -= at;
        at = 0;
      }
      int read = html.read(buffer, end, buffer.length - end);
      if (read < 0) {
        over = true;
      } else {
        end += read;
      }
    }
    return at < end;
  }

  private void give(int codePoint) {
    char[] chars = Character.toChars(codePoint);
    ready = chars[0];
    readyNext = chars[chars.length - 1];
    readyCount = chars.length;
  }

  private void tag() throws IOException {
    if (is("<!--")) {
      skipPast("-->");
      return;
    }
    boolean closing = is("</");
    int nameStart = at + (closing ? 2 : 1);
    int nameEnd = nameStart;
    while (nameEnd < end && nameEnd < nameStart + NAME_MAX && isOfName(buffer[nameEnd])) {
      nameEnd++;
    }
    boolean named = nameEnd > nameStart && !isDigit(buffer[nameStart]);
    if (!named && !is("<!") && !is("<?")) {
      give('<');
      at++;
      return;
    }
    String name = new String(buffer, nameStart, nameEnd - nameStart).toLowerCase(Locale.ROOT);
    skipPast(">");
    switch (name) {
      case "style", "script", "title" -> {
        if (!closing) {
          skipPast("</" + name);
          skipPast(">");
        }
      }
      case "b", "i", "em", "strong", "span", "font", "a", "u", "sup", "sub", "wbr" -> {}
      default -> give(' ');
    }
  }

  private void skipPast(String mark) throws IOException {
    while (look()) {
      if (buffer[at] == mark.charAt(0) && is(mark)) {
        at += mark.length();
        return;
      }
      at++;
    }
  }

  private boolean is(String mark) {
    if (end - at < mark.length()) {
      return false;
    }
    for (int i = 0; i < mark.length(); i++) {
      char c = buffer[at + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != mark.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void entity() {
    int stop = at + 1;
    while (stop < end && stop - at <= ENTITY_MAX && HtmlText.isEntityCharacter(buffer[stop])) {
      stop++;
    }
    @Nullable Integer codePoint = HtmlText.codePoint(new String(buffer, at + 1, stop - at - 1));
    if (codePoint == null) {
      give('&');
      at++;
    } else {
      give(codePoint);
      at = stop < end && buffer[stop] == ';' ? stop + 1 : stop;
    }
  }

  private static boolean isOfName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  @Override
  public void close() throws IOException {
    html.close();
  }
}
