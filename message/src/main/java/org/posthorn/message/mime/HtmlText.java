package org.posthorn.message.mime;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The readable text of an HTML document, well enough for a preview: tags, comments, styles and
/// scripts are left out, the usual entities read. In linear time, for any text.
final class HtmlText {
  private static final Map<String, Integer> ENTITIES =
      Map.ofEntries(
          Map.entry("amp", (int) '&'),
          Map.entry("lt", (int) '<'),
          Map.entry("gt", (int) '>'),
          Map.entry("quot", (int) '"'),
          Map.entry("apos", (int) '\''),
          Map.entry("nbsp", 0xA0),
          Map.entry("zwnj", 0x200C),
          Map.entry("shy", 0xAD),
          Map.entry("auml", 0xE4),
          Map.entry("ouml", 0xF6),
          Map.entry("uuml", 0xFC),
          Map.entry("Auml", 0xC4),
          Map.entry("Ouml", 0xD6),
          Map.entry("Uuml", 0xDC),
          Map.entry("szlig", 0xDF),
          Map.entry("aacute", 0xE1),
          Map.entry("Aacute", 0xC1),
          Map.entry("acirc", 0xE2),
          Map.entry("aring", 0xE5),
          Map.entry("Aring", 0xC5),
          Map.entry("aelig", 0xE6),
          Map.entry("AElig", 0xC6),
          Map.entry("atilde", 0xE3),
          Map.entry("ecirc", 0xEA),
          Map.entry("euml", 0xEB),
          Map.entry("Eacute", 0xC9),
          Map.entry("Egrave", 0xC8),
          Map.entry("iacute", 0xED),
          Map.entry("icirc", 0xEE),
          Map.entry("iuml", 0xEF),
          Map.entry("ntilde", 0xF1),
          Map.entry("Ntilde", 0xD1),
          Map.entry("oacute", 0xF3),
          Map.entry("ocirc", 0xF4),
          Map.entry("otilde", 0xF5),
          Map.entry("oslash", 0xF8),
          Map.entry("Oslash", 0xD8),
          Map.entry("oelig", 0x153),
          Map.entry("uacute", 0xFA),
          Map.entry("ugrave", 0xF9),
          Map.entry("ucirc", 0xFB),
          Map.entry("Ccedil", 0xC7),
          Map.entry("laquo", 0xAB),
          Map.entry("raquo", 0xBB),
          Map.entry("bdquo", 0x201E),
          Map.entry("sbquo", 0x201A),
          Map.entry("middot", 0xB7),
          Map.entry("bull", 0x2022),
          Map.entry("deg", 0xB0),
          Map.entry("sect", 0xA7),
          Map.entry("pound", 0xA3),
          Map.entry("times", 0xD7),
          Map.entry("eacute", 0xE9),
          Map.entry("egrave", 0xE8),
          Map.entry("agrave", 0xE0),
          Map.entry("ccedil", 0xE7),
          Map.entry("ndash", 0x2013),
          Map.entry("mdash", 0x2014),
          Map.entry("lsquo", 0x2018),
          Map.entry("rsquo", 0x2019),
          Map.entry("ldquo", 0x201C),
          Map.entry("rdquo", 0x201D),
          Map.entry("hellip", 0x2026),
          Map.entry("euro", 0x20AC),
          Map.entry("copy", 0xA9),
          Map.entry("reg", 0xAE),
          Map.entry("trade", 0x2122));
  private static final int ENTITY_MAX = 10;

  private final String html;
  private final PreviewWriter writer;
  private int at;

  private HtmlText(String html, int max) {
    this.html = html;
    this.writer = new PreviewWriter(max);
  }

  static String first(String html, int max) {
    HtmlText text = new HtmlText(html, max);
    text.read();
    return text.writer.text();
  }

  private void read() {
    while (at < html.length() && !writer.isFull()) {
      char c = html.charAt(at);
      switch (c) {
        case '<' -> tag();
        case '&' -> entity();
        default -> {
          writer.write(c);
          at++;
        }
      }
    }
  }

  private void tag() {
    if (html.startsWith("<!--", at)) {
      skipPast("-->");
      return;
    }
    boolean closing = html.startsWith("</", at);
    int nameStart = at + (closing ? 2 : 1);
    int nameEnd = nameStart;
    while (nameEnd < html.length() && Character.isLetterOrDigit(html.charAt(nameEnd))) {
      nameEnd++;
    }
    if (nameEnd == nameStart && !html.startsWith("<!", at)) {
      writer.write('<');
      at++;
      return;
    }
    String name =
        html.substring(nameStart, Math.min(nameEnd, nameStart + 12)).toLowerCase(Locale.ROOT);
    skipPast(">");
    switch (name) {
      case "style", "script", "title", "head" -> {
        if (!closing) {
          skipElement(name);
        }
      }
      case "b", "i", "em", "strong", "span", "font", "a", "u", "sup", "sub" -> {}
      default -> writer.write(' ');
    }
  }

  private void skipElement(String name) {
    String end = "</" + name;
    while (at < html.length() && !html.regionMatches(true, at, end, 0, end.length())) {
      int next = html.indexOf('<', at + 1);
      at = next < 0 ? html.length() : next;
    }
    skipPast(">");
  }

  private void skipPast(String mark) {
    int end = html.indexOf(mark, at);
    at = end < 0 ? html.length() : end + mark.length();
  }

  private void entity() {
    int end = at + 1;
    while (end < html.length() && end - at <= ENTITY_MAX && isEntityCharacter(html.charAt(end))) {
      end++;
    }
    Integer codePoint = codePoint(html.substring(at + 1, end));
    if (codePoint == null) {
      writer.write('&');
      at++;
    } else {
      writer.write(codePoint.intValue());
      at = end < html.length() && html.charAt(end) == ';' ? end + 1 : end;
    }
  }

  static boolean isEntityCharacter(char c) {
    return c == '#' || (c < 0x80 && Character.isLetterOrDigit(c));
  }

  /// What an entity means that is called so, without `&` and `;`; null for none that is known.
  static @Nullable Integer codePoint(String name) {
    if (!name.startsWith("#")) {
      return ENTITIES.get(name);
    }
    boolean hex = name.startsWith("#x") || name.startsWith("#X");
    try {
      int value = Integer.parseInt(name.substring(hex ? 2 : 1), hex ? 16 : 10);
      return Character.isValidCodePoint(value) && !(value >= 0xD800 && value < 0xE000)
          ? value
          : null;
    } catch (NumberFormatException _) {
      return null;
    }
  }
}
