package org.posthorn.attachment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// The text of a document in the Rich Text Format (1.9.1). Used by one thread, for one document.
final class RtfText {
  /// Groups deeper than this share one state.
  private static final int DEPTH_MAX = 256;

  /// Groups that are about the text and are none.
  private static final Set<String> SILENT =
      Set.of(
          "fonttbl",
          "colortbl",
          "stylesheet",
          "listtable",
          "listoverridetable",
          "rsidtbl",
          "info",
          "generator",
          "pict",
          "object",
          "objdata",
          "themedata",
          "datastore",
          "xmlnstbl",
          "filetbl",
          "revtbl",
          "fldinst",
          "bkmkstart",
          "bkmkend",
          "latentstyles",
          "colorschememapping",
          "datafield",
          "panose",
          "falt",
          "nonshppict",
          "sp");

  private final byte[] document;
  private final TextSink text;
  private final boolean[] silent = new boolean[DEPTH_MAX + 1];
  private final int[] replaced = new int[DEPTH_MAX + 1];
  private int depth;
  private int at;

  /// Characters still to be left out, since the one before them stands for them.
  private int skip;

  /// After `\*`: the group is for programs that know its word.
  private boolean optional;

  private Charset charset = CodePage.of(1252);

  /// Bytes of the code page that wait for their second half, or for the end of their run.
  private final ByteArrayOutputStream run = new ByteArrayOutputStream();

  private RtfText(byte[] document, TextSink text) {
    this.document = document;
    this.text = text;
    replaced[0] = 1;
  }

  static void read(byte[] document, TextSink text) throws IOException {
    new RtfText(document, text).read();
  }

  private void read() throws IOException {
    while (at < document.length) {
      byte b = document[at++];
      switch (b) {
        case '{' -> {
          endRun();
          depth++;
          int level = level();
          silent[level] = silent[Math.max(0, level - 1)];
          replaced[level] = replaced[Math.max(0, level - 1)];
          skip = 0;
        }
        case '}' -> {
          endRun();
          depth = Math.max(0, depth - 1);
          skip = 0;
        }
        case '\\' -> control();
        case '\r', '\n' -> {}
        default -> plain(b);
      }
    }
    endRun();
  }

  private int level() {
    return Math.min(depth, DEPTH_MAX);
  }

  private void plain(byte b) {
    if (skip > 0) {
      skip--;
    } else if (!silent[level()]) {
      run.write(b);
    }
  }

  private void endRun() throws IOException {
    if (run.size() > 0) {
      text.write(run.toString(charset));
      run.reset();
    }
  }

  private void put(char c) throws IOException {
    if (!silent[level()]) {
      endRun();
      text.write(c);
    }
  }

  private void control() throws IOException {
    if (at == document.length) {
      return;
    }
    byte b = document[at];
    if (isLetter(b)) {
      word();
      return;
    }
    at++;
    switch (b) {
      case '\'' -> hex();
      case '*' -> optional = true;
      case '~' -> put(' ');
      case '_' -> put('-');
      case '\r', '\n' -> put('\n');
      case '{', '}', '\\' -> plain(b);
      default -> {}
    }
  }

  private void hex() {
    if (at + 2 <= document.length) {
      int high = Character.digit((char) document[at], 16);
      int low = Character.digit((char) document[at + 1], 16);
      at += 2;
      if (high >= 0 && low >= 0) {
        plain((byte) ((high << 4) | low));
      }
    }
  }

  private void word() throws IOException {
    int from = at;
    while (at < document.length && isLetter(document[at]) && at - from < 32) {
      at++;
    }
    var word = new String(document, from, at - from, StandardCharsets.US_ASCII);
    boolean negative = at < document.length && document[at] == '-';
    if (negative) {
      at++;
    }
    int number = 0;
    boolean numbered = false;
    while (at < document.length && document[at] >= '0' && document[at] <= '9') {
      number = Math.min(99_999_999, number * 10 + document[at++] - '0');
      numbered = true;
    }
    if (at < document.length && document[at] == ' ') {
      at++;
    }
    act(word, negative ? -number : number, numbered);
  }

  private void act(String word, int number, boolean numbered) throws IOException {
    boolean unknown = optional;
    optional = false;
    switch (word) {
      case "par", "line", "sect", "page", "row" -> put('\n');
      case "tab", "cell", "nestcell" -> put('\t');
      case "emspace", "enspace", "qmspace" -> put(' ');
      case "emdash" -> put('\u2014');
      case "endash" -> put('\u2013');
      case "lquote" -> put('\u2018');
      case "rquote" -> put('\u2019');
      case "ldblquote" -> put('\u201C');
      case "rdblquote" -> put('\u201D');
      case "bullet" -> put('\u2022');
      case "ansicpg" -> charset = CodePage.of(number);
      case "uc" -> replaced[level()] = numbered ? Math.max(0, number) : 1;
      case "u" -> {
        put((char) number);
        skip = replaced[level()];
      }
      case "bin" -> at = (int) Math.min(document.length, (long) at + Math.max(0, number));
      default -> {
        if (unknown || SILENT.contains(word)) {
          endRun();
          silent[level()] = true;
        }
      }
    }
  }

  private static boolean isLetter(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
  }
}
