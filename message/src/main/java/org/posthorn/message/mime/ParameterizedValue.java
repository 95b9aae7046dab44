package org.posthorn.message.mime;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.HeaderText;

/// A value with parameters, such as that of Content-Type or Content-Disposition (RFC 2045 §5.1),
/// with RFC 2231 continuations joined and their character sets decoded. Parameter names are lower
/// case, in the order of the field; of two with one name the first counts.
///
/// Of the names of a file all count, because readers differ in which they take: those that are not
/// the one above stand behind all others, see [#isNameOfFile].
public record ParameterizedValue(String value, Map<String, String> parameters) {
  private static final int PARAMETERS_MAX = 100;

  /// Those that something depends on are read wherever they stand.
  private static final Set<String> ALWAYS =
      Set.of("boundary", "charset", "filename", "format", "name", "smime-type");

  private static final List<String> OF_FILES = List.of("filename", "name");

  /// Begins the names of what stands for further names of a file. No field has such a parameter.
  private static final String FURTHER = "*";

  /// A longer text is no name of anything; what it begins and ends with is kept.
  private static final int TEXT_BYTES_MAX = 4_000;

  private static final int END_CHARS = 600;

  /// Reads an unfolded field value. Never fails: what is broken is left out.
  public static ParameterizedValue parse(String text) {
    Parser parser = new Parser(text);
    String value = parser.unquoted();
    return new ParameterizedValue(shortened(value), parser.parameters());
  }

  /// Whether a parameter of this name in a [Part] is the name of a file, or a further one.
  static boolean isNameOfFile(String parameter) {
    return OF_FILES.contains(
        isFurther(parameter) ? parameter.substring(parameter.lastIndexOf(FURTHER) + 1) : parameter);
  }

  /// Whether it stands for a further name, and is no parameter of the field.
  public static boolean isFurther(String parameter) {
    return parameter.startsWith(FURTHER);
  }

  private static String shortened(String text) {
    return text.length() * 3L <= TEXT_BYTES_MAX
            || text.getBytes(StandardCharsets.UTF_8).length <= TEXT_BYTES_MAX
        ? text
        : text.substring(0, END_CHARS) + text.substring(text.length() - END_CHARS);
  }

  private static final class Parser {
    private final String text;
    private final Map<String, String> found = new LinkedHashMap<>();
    private final Map<String, List<Section>> sections = new HashMap<>();
    private final Map<String, Set<String>> files = new HashMap<>();
    private int at;

    private Parser(String text) {
      this.text = text;
    }

    private Map<String, String> parameters() {
      if (at >= text.length()) {
        return Map.of();
      }
      while (at < text.length()) {
        at++;
        skipSpaceAndComments();
        String name = name();
        skipSpaceAndComments();
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          skipSpace();
          String value = startsQuoted() ? quotedString() : unquoted();
          add(name, value);
        }
        skipTo(';');
      }
      sections.forEach((name, parts) -> found.put(name, Section.join(parts)));
      found.replaceAll((_, value) -> shortened(value));
      OF_FILES.forEach(this::addFurther);
      return found;
    }

    private void addFurther(String name) {
      int number = 0;
      for (String file : files.getOrDefault(name, Set.of())) {
        if (!file.equals(found.get(name))) {
          found.put(FURTHER + ++number + FURTHER + name, file);
        }
      }
    }

    private boolean hasRoom(String name) {
      return found.size() < PARAMETERS_MAX || ALWAYS.contains(name) || found.containsKey(name);
    }

    /// A name with `*` is a part of a value or has a character set (RFC 2231 §3, §4): it wins over
    /// a plain parameter of the same name, which is there for old readers.
    private void add(String name, String value) {
      int star = name.indexOf('*');
      String base = star < 0 ? name : name.substring(0, star);
      if (base.isEmpty() || !hasRoom(base)) {
        return;
      }
      if (star < 0) {
        found.putIfAbsent(name, value);
        if (OF_FILES.contains(name)) {
          files.computeIfAbsent(name, _ -> new LinkedHashSet<>()).add(shortened(value));
        }
        return;
      }
      boolean extended = name.endsWith("*");
      String number =
          name.substring(star + 1, Math.max(star + 1, name.length() - (extended ? 1 : 0)));
      Optional<Integer> index = number.isEmpty() ? Optional.of(0) : Section.index(number);
      if (index.isPresent()) {
        found.putIfAbsent(base, value);
        sections
            .computeIfAbsent(base, _ -> new ArrayList<>())
            .add(new Section(index.get(), extended, value));
      }
    }

    private String name() {
      int start = at;
      while (at < text.length() && "=;(".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at).strip().toLowerCase(Locale.ROOT);
    }

    /// Up to the next semicolon. Many senders forget to quote a name with spaces, so spaces belong
    /// to it; a comment after a space does not (RFC 2045 §5.1's example).
    private String unquoted() {
      int start = at;
      int end = -1;
      while (at < text.length() && text.charAt(at) != ';') {
        if (text.charAt(at) == '(' && (at == start || isSpace(text.charAt(at - 1)))) {
          end = end < 0 ? at : end;
          skipComment();
        } else {
          at++;
        }
      }
      return text.substring(start, end < 0 ? at : end).strip();
    }

    private boolean startsQuoted() {
      return at < text.length() && text.charAt(at) == '"';
    }

    private String quotedString() {
      at++;
      StringBuilder content = new StringBuilder();
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == '"') {
          break;
        }
        if (c == '\\' && at < text.length()) {
          c = text.charAt(at++);
        }
        content.append(c);
      }
      return content.toString();
    }

    private void skipComment() {
      int depth = 0;
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == '\\' && at < text.length()) {
          at++;
        } else if (c == '(') {
          depth++;
        } else if (c == ')' && --depth == 0) {
          return;
        }
      }
    }

    private void skipSpaceAndComments() {
      skipSpace();
      while (at < text.length() && text.charAt(at) == '(') {
        skipComment();
        skipSpace();
      }
    }

    private void skipTo(char mark) {
      while (at < text.length() && text.charAt(at) != mark) {
        at++;
      }
    }

    private void skipSpace() {
      while (at < text.length() && isSpace(text.charAt(at))) {
        at++;
      }
    }

    private static boolean isSpace(char c) {
      return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }
  }

  /// One piece of a value: `name*1*=…` has index 1 and is extended, that is percent-encoded.
  private record Section(int index, boolean extended, String text) {
    static Optional<Integer> index(String digits) {
      if (digits.length() > 4 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return Optional.empty();
      }
      return Optional.of(Integer.parseInt(digits));
    }

    static String join(List<Section> sections) {
      List<Section> inOrder =
          sections.stream().sorted(java.util.Comparator.comparingInt(Section::index)).toList();
      Section first = inOrder.getFirst();
      Charset charset = StandardCharsets.UTF_8;
      String firstText = first.text;
      if (first.extended) {
        int language = firstText.indexOf('\'');
        int value = firstText.indexOf('\'', language + 1);
        if (language >= 0 && value >= 0) {
          charset =
              CharsetNames.find(firstText.substring(0, language)).orElse(StandardCharsets.UTF_8);
          firstText = firstText.substring(value + 1);
        }
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int i = 0; i < inOrder.size(); i++) {
        String text = i == 0 ? firstText : inOrder.get(i).text;
        if (inOrder.get(i).extended) {
          decodePercent(text, bytes);
        } else {
          bytes.writeBytes(text.getBytes(charset.canEncode() ? charset : StandardCharsets.UTF_8));
        }
      }
      return HeaderText.withoutControls(bytes.toString(charset));
    }

    private static void decodePercent(String text, ByteArrayOutputStream bytes) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        int value = c == '%' && i + 2 < text.length() ? hex(text, i + 1) : -1;
        if (value >= 0) {
          bytes.write(value);
          i += 2;
        } else {
          int point = text.codePointAt(i);
          bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
          i += Character.charCount(point) - 1;
        }
      }
    }

    private static int hex(String text, int at) {
      int high = Character.digit(text.charAt(at), 16);
      int low = Character.digit(text.charAt(at + 1), 16);
      return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }
  }
}
