package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whether all that people read is there in each language.
class WordsTest {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Pattern ANSWER =
      Pattern.compile("(?:ImapAnswer\\s*\\.(?:ok|no|bad|bye)|\\.words|hangUp)\\(");
  private static final Pattern TEXT = Pattern.compile("\"([A-Z](?:[^\"\\\\]|\\\\.)*)\"( \\+)?");

  /// Words in answers that are no sentences but parts of the protocol.
  private static final Set<String> NO_SENTENCES =
      Set.of("LONGENTRIES ", "MAXSIZE ", "TOOMANY", "US-ASCII", "UTF-8", "ISO-8859-1");

  @ParameterizedTest
  @EnumSource(
      value = Language.class,
      names = {"GERMAN", "FRENCH", "SPANISH"})
  void translatesAllThatIsSaid(Language language) throws IOException {
    for (String text : said()) {
      assertThat(language.words().keySet())
          .as("%s in words-%s.txt", text, language.tag())
          .anyMatch(key -> key.equals(text) || key.startsWith(text + "{}"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Language.class,
      names = {"GERMAN", "FRENCH", "SPANISH"})
  void keepsToOneForm(Language language) {
    assertThat(List.copyOf(language.words().keySet()))
        .isSorted()
        .isEqualTo(List.copyOf(Language.GERMAN.words().keySet()));
    language
        .words()
        .forEach((english, other) -> {
          assertThat(other).isNotBlank().isEqualTo(other.strip()).doesNotContain("|");
          assertThat(other.contains("{}")).as(other).isEqualTo(english.contains("{}"));
          assertThat(other.codePoints().allMatch(c -> c >= ' ')).isTrue();
          // RFC 3501 §7.1: a text that begins with a bracket would be a response code.
          assertThat(other).doesNotStartWith("[");
        });
  }

  @Test
  void saysWhatItKnowsAndElseEnglish() {
    assertThat(Language.GERMAN.say("Something went wrong (c1)"))
        .isEqualTo("Etwas ging schief (c1)");
    assertThat(Language.GERMAN.say("Something else")).isEqualTo("Something else");
    assertThat(Language.GERMAN.say("")).isEmpty();
    assertThat(Language.ENGLISH.say("Selected")).isEqualTo("Selected");
    assertThat(Language.of(List.of("x", "ES-419"))).contains(Language.SPANISH);
    assertThat(Language.of(List.of("", "-", "e"))).isEmpty();
  }

  /// The first piece of each text that is given to a client.
  private static Set<String> said() throws IOException {
    var said = new TreeSet<String>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        var answer = ANSWER.matcher(source);
        while (answer.find()) {
          var text = TEXT.matcher(call(source, answer.end()));
          while (text.find()) {
            said.add(text.group(1));
          }
        }
      }
    }
    said.removeAll(NO_SENTENCES);
    assertThat(said).hasSizeGreaterThan(100);
    return said;
  }

  /// What stands between the parentheses.
  private static String call(String source, int from) {
    int depth = 1;
    int end = from;
    while (depth > 0) {
      char c = source.charAt(end++);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '"') {
        while (source.charAt(end) != '"') {
          end += source.charAt(end) == '\\' ? 2 : 1;
        }
        end++;
      }
    }
    return source.substring(from, end - 1);
  }
}
