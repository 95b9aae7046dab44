package org.posthorn.imap.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// In which language a client is told what people read (RFC 5255 §3). The texts in the code are the
/// English ones, and the keys to those of the other languages, which are in `words-de.txt` and its
/// like. What only a programmer reads, as a mistake in the grammar of a command, stays in English.
public enum Language {
  /// What is spoken before anybody has asked for a language (RFC 2277 §4.5): English too.
  I_DEFAULT("i-default", false),
  ENGLISH("en", false),
  GERMAN("de", true),
  FRENCH("fr", true),
  SPANISH("es", true);

  private static final String SEPARATOR = " | ";
  private static final String HOLE = "{}";

  private final String tag;

  /// Filled once, and never changed.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Map<String, String> words;

  Language(String tag, boolean translated) {
    this.tag = tag;
    this.words = translated ? read("words-" + tag + ".txt") : Map.of();
  }

  /// As the protocol writes it (RFC 5646).
  public String tag() {
    return tag;
  }

  /// The first of these language ranges that is spoken here, or an end of it less (RFC 4647 §3.4).
  public static Optional<Language> of(List<String> ranges) {
    return ranges.stream().flatMap(range -> of(range).stream()).findFirst();
  }

  private static Optional<Language> of(String range) {
    if (range.equalsIgnoreCase("default") || range.equals("*")) {
      return Optional.of(I_DEFAULT);
    }
    String wanted = range;
    while (!wanted.isEmpty()) {
      for (Language language : values()) {
        if (language.tag.equalsIgnoreCase(wanted)) {
          return Optional.of(language);
        }
      }
      wanted = wanted.substring(0, Math.max(0, wanted.lastIndexOf('-')));
    }
    return Optional.empty();
  }

  /// The text in this language, or as it is where there is no translation.
  public String say(String english) {
    String known = words.get(english);
    return known == null ? filled(english) : known;
  }

  /// A text with something in it that is the same in all languages.
  private String filled(String english) {
    for (Map.Entry<String, String> word : words.entrySet()) {
      int hole = word.getKey().indexOf(HOLE);
      if (hole >= 0 && fits(word.getKey(), hole, english)) {
        int end = english.length() - (word.getKey().length() - hole - HOLE.length());
        return word.getValue().replace(HOLE, english.substring(hole, end));
      }
    }
    return english;
  }

  private static boolean fits(String key, int hole, String english) {
    return english.length() >= key.length() - HOLE.length()
        && english.startsWith(key.substring(0, hole))
        && english.endsWith(key.substring(hole + HOLE.length()));
  }

  /// All that there is a translation for.
  Map<String, String> words() {
    return words;
  }

  private static Map<String, String> read(String resource) {
    try (InputStream file = Language.class.getResourceAsStream(resource);
        var reader = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      Map<String, String> words = new LinkedHashMap<>();
      lines(reader)
          .forEach(line -> {
            int end = line.indexOf(SEPARATOR);
            words.put(line.substring(0, end), line.substring(end + SEPARATOR.length()));
          });
      return words;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> lines(BufferedReader reader) {
    return reader.lines().filter(line -> !line.startsWith("#") && !line.isBlank());
  }
}
