package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;

/// Matchers that look at the subject as people see it.
final class SubjectMatchers {
  private SubjectMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(subjectIs(), subjectStartsWith(), subjectMatches());
  }

  record Subjects(
      @Parameter(value = "The whole subjects, in any case.", min = 1, example = "unsubscribe")
          List<String> texts) {}

  /// Messages with one of these subjects, in any case: `SubjectIs(unsubscribe, stop)`.
  private static MatcherFactory<?> subjectIs() {
    return Shipped.ofMails(
        "SubjectIs",
        "Messages with one of these subjects.",
        Subjects.class,
        settings -> {
          Set<String> texts =
              settings.texts.stream()
                  .map(SubjectMatchers::key)
                  .collect(Collectors.toUnmodifiableSet());
          return mail -> subjects(mail).map(SubjectMatchers::key).anyMatch(texts::contains);
        });
  }

  record Beginnings(
      @Parameter(value = "How it begins, in any case.", min = 1, example = "[intern]")
          List<String> texts) {}

  /// Messages whose subject begins with one of these texts, in any case:
  /// `SubjectStartsWith([intern])`.
  private static MatcherFactory<?> subjectStartsWith() {
    return Shipped.ofMails(
        "SubjectStartsWith",
        "Messages whose subject begins so.",
        Beginnings.class,
        settings -> {
          List<String> texts = settings.texts.stream().map(SubjectMatchers::key).toList();
          return mail ->
              subjects(mail)
                  .map(SubjectMatchers::key)
                  .anyMatch(subject -> texts.stream().anyMatch(subject::startsWith));
        });
  }

  record SubjectPattern(
      @Parameter(
              value =
                  "Looked for anywhere in the subject, in any case; ^ and $ are its ends. Only the"
                      + " first 2,000 characters are looked at.",
              example = "invoice [0-9]+")
          Pattern pattern) {}

  /// Messages in whose subject the expression is found: `SubjectMatches(invoice [0-9]+)`.
  private static MatcherFactory<?> subjectMatches() {
    return Shipped.ofMails(
        "SubjectMatches",
        "Messages whose subject fits a regular expression.",
        SubjectPattern.class,
        settings -> {
          var expression = new Expression(settings.pattern);
          return mail -> subjects(mail).anyMatch(expression::isIn);
        });
  }

  private static Stream<String> subjects(Mail mail) {
    return HeaderMatchers.values(mail, "Subject");
  }

  private static String key(String text) {
    return text.strip().toLowerCase(Locale.ROOT);
  }
}
