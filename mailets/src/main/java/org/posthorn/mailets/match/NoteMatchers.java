package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;

/// Matchers that look at the attributes of a mail: what earlier steps and gates have noted.
final class NoteMatchers {
  /// Where the spool notes why a mail is a dead letter.
  private static final String ERROR = "posthorn.error";

  private NoteMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(hasAttribute(), attributeMatches(), hasError());
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
