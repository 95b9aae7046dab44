package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.spool.Notes;

/// Matchers that look at the attributes of a mail: what earlier steps and gates have noted.
final class NoteMatchers {
  /// Where the spool notes why a mail is a dead letter.
  private static final String ERROR = "posthorn.error";

  private NoteMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        hasAttribute(),
        attributeMatches(),
        hasError(),
        ofPriority("PriorityIs", "Mail of this priority.", (there, asked) -> there == asked),
        ofPriority(
            "PriorityAtLeast",
            "Mail that is at least so urgent.",
            (there, asked) -> there >= asked),
        ofPriority(
            "PriorityAtMost", "Mail that is at most so urgent.", (there, asked) -> there <= asked));
  }

  record Attribute(
      @Parameter(value = "The name of the attribute.", example = "example.verdict") String name,
      @Parameter(value = "What it is, to the letter.", example = "spam") Optional<String> value) {}

  /// Mail with an attribute, `HasAttribute(example.verdict)`, or with one that is just this,
  /// `HasAttribute(example.verdict, spam)`.
  private static MatcherFactory<?> hasAttribute() {
    return Shipped.ofMails(
        "HasAttribute",
        "Mail with an attribute, or with one that has a value.",
        Attribute.class,
        settings ->
            mail ->
                Optional.ofNullable(mail.attributes().get(settings.name))
                    .filter(found -> settings.value.map(found::equals).orElse(true))
                    .isPresent());
  }

  record AttributePattern(
      @Parameter(value = "The name of the attribute.", example = "bounce.status") String name,
      @Parameter(
              value =
                  "Looked for anywhere in it, in any case; ^ and $ are its ends. Only the first"
                      + " 2,000 characters are looked at.",
              example = "^5[.]1")
          Pattern pattern) {}

  /// Mail with an attribute in which the expression is found: `AttributeMatches(bounce.status,
  /// ^5[.]1)`.
  private static MatcherFactory<?> attributeMatches() {
    return Shipped.ofMails(
        "AttributeMatches",
        "Mail with an attribute that fits a regular expression.",
        AttributePattern.class,
        settings -> {
          var expression = new Expression(settings.pattern);
          return mail ->
              Optional.ofNullable(mail.attributes().get(settings.name))
                  .filter(expression::isIn)
                  .isPresent();
        });
  }

  record Priority(
      @Parameter(value = "How urgent: -9 to 9, usual mail is 0.", min = -9, max = 9, example = "1")
          int priority) {}

  private interface Comparison {
    boolean holds(int there, int asked);
  }

  /// `PriorityAtLeast(1)`: what its sender has asked for (MT-PRIORITY, RFC 6710) and may ask for,
  /// or what the mailet `SetPriority` has said since.
  private static MatcherFactory<?> ofPriority(String name, String summary, Comparison comparison) {
    return Shipped.ofMails(
        name,
        summary,
        Priority.class,
        settings ->
            mail ->
                comparison.holds(Notes.priority(mail.attributes()).orElse(0), settings.priority));
  }

  record ErrorText(
      @Parameter(
              value = "A text that stands in the error, in any case.",
              example = "NullPointerException")
          Optional<String> text) {}

  /// Dead letters, which a step could not deal with, in the processor `dead-letters`: `HasError`,
  /// or those with a text in the error, `HasError(NullPointerException)`.
  private static MatcherFactory<?> hasError() {
    return Shipped.ofMails(
        "HasError",
        "Dead letters, or those whose error has a text in it.",
        ErrorText.class,
        settings -> {
          String text = settings.text.orElse("").toLowerCase(Locale.ROOT);
          return mail ->
              Optional.ofNullable(mail.attributes().get(ERROR))
                  .filter(error -> error.toLowerCase(Locale.ROOT).contains(text))
                  .isPresent();
        });
  }
}
