package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Written;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

final class MatchExpressionTest {
  private record Letters(@Parameter("Letters that it has.") List<String> letters) {}

  private record Letter(@Parameter("A letter that it has.") String letter) {}

  private final List<String> read = new ArrayList<>();

  /// `Has(x)` chooses those whose local part has an x in it, `Has(x, y)` those with both.
  private Matcher matcher(String name, Written written) {
    return switch (name) {
      case "Reads" -> {
        read.addAll(written.unnamed());
        yield Mail::recipients;
      }
      case "Has" -> {
        List<String> letters = ParameterReader.read(Letters.class, written).letters;
        yield mail ->
            mail.recipients().stream()
                .filter(recipient ->
                    letters.stream().allMatch(recipient.address().localPart()::contains))
                .toList();
      }
      case "All" -> {
        var _ = ParameterReader.read(NoParameters.class, written);
        yield Mail::recipients;
      }
      case "Named" -> {
        String letter = ParameterReader.read(Letter.class, written).letter;
        yield mail ->
            mail.recipients().stream()
                .filter(recipient -> recipient.address().localPart().contains(letter))
                .toList();
      }
      default -> throw new ParameterException("there is no such matcher");
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          All                             | a b ab abc c
          Has(a)                          | a ab abc
          Has(a) and Has(b)               | ab abc
          Has( a , b )                    | ab abc
          Has(a) or Has(c)                | a ab abc c
          not Has(a)                      | b c
          not not Has(a)                  | a ab abc
          Has(c) or Has(a) and Has(b)     | ab abc c
          (Has(c) or Has(a)) and Has(b)   | ab abc
          not (Has(a) or Has(b))          | c
          not Has(a) or Has(a) and Has(c) | b abc c
          Has(a) and not Has(b)           | a
          Named(letter=a)                 | a ab abc
          Named(letter="a")               | a ab abc
          Has("a")                        | a ab abc
          Has("a,b") or Has(c)            | abc c
          Has()                           | a b ab abc c
          All and All or All              | a b ab abc c
          """)
  void chooses(String expression, String expected) {
    List<String> chosen =
        parse(expression).match(mail()).stream()
            .map(recipient -> recipient.address().localPart())
            .toList();
    assertThat(chosen).containsExactly(expected.split(" ", -1));
  }

  @Test
  void aBackslashInQuotesIsOneUnlessItEscapes() {
    parse("Reads(\"a\\d\\\\d\\\"\")");
    assertThat(read).containsExactly("a\\d\\d\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''              | column 1 of '': expected the name of a matcher
          Has(a           | column 6 of 'Has(a': expected ',' or ')'
          Has(a) Has(b)   | column 8 of 'Has(a) Has(b)': expected 'and', 'or' or the end
          Has(a) and      | column 11 of 'Has(a) and': expected the name of a matcher
          and Has(a)      | column 1 of 'and Has(a)': expected the name of a matcher
          (Has(a)         | column 8 of '(Has(a)': expected ')'
          Has(a,)         | column 7 of 'Has(a,)': expected an argument
          Has("a          | column 7 of 'Has("a': expected '"'
          Hass(a)         | column 1 of 'Hass(a)': Hass: there is no such matcher
          All(x)          | column 1 of 'All(x)': All: it has no use for the argument 'x'
          Named           | column 1 of 'Named': Named: parameter 'letter' is missing: A letter that it has. It should be a text
          Named(leter=a)  | column 1 of 'Named(leter=a)': Named: parameter 'leter' is not known: it has letter
          Has(a) # b      | column 8 of 'Has(a) # b': expected 'and', 'or' or the end
          """)
  void saysWhereItStoppedToMakeSense(String expression, String expected) {
    assertThatThrownBy(() -> parse(expression))
        .isInstanceOf(ParameterException.class)
        .hasMessage(expected);
  }

  @Test
  void aDeepExpressionIsRefusedAndNotAStackOverflow() {
    assertThatThrownBy(() -> parse("(".repeat(100_000) + "All"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("less inside each other");
  }

  @Test
  void anyTextIsReadOrRefused() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String[] pieces = {
      "Has", "(", ")", "a", ",", " and ", " or ", "not ", "\"", "=", "\\", "ä", " "
    };
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        assertThat(mail().recipients()).containsAll(parse(text.toString()).match(mail()));
      } catch (ParameterException refused) {
        assertThat(refused).as("seed " + seed).hasMessageStartingWith("column ");
      }
    }
  }

  @Test
  void aQuotedArgumentMayHaveQuotesInIt() {
    assertThatExceptionOfType(ParameterException.class)
        .isThrownBy(() -> parse("All(\"a \\\"b\\\" (c), d\")"))
        .withMessageContaining("'a \"b\" (c), d'");
  }

  private Matcher parse(String expression) {
    return MatchExpression.parse(expression, this::matcher, Set.of());
  }

  private static Mail mail() {
    return new Mail(
        new MailId("m1"),
        Optional.empty(),
        List.of("a", "b", "ab", "abc", "c").stream()
            .map(local -> Recipient.of(MailAddress.of(local + "@example.org")))
            .toList(),
        HeapMessage.of("\n"),
        new Origin(
            Optional.empty(),
            "",
            Optional.empty(),
            "local",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z")),
        Map.of());
  }
}
