package org.posthorn.mailets.content;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailets.match.Expression;
import org.posthorn.message.Domain;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;

/// Finds what must not leave (data loss prevention): rules for mail of some senders' domains, each
/// a regular expression that is looked for in the subject, in the text, among the senders or among
/// the recipients. What a rule finds goes into a repository with the rule's name and explanation,
/// and an operator decides; what was let go there is not held by the same rules again.
///
/// ```yaml
/// - mailet: Dlp
///   domains: [example.org]
///   content: {card-number: "\\b[0-9]{4}([ -]?[0-9]{4}){3}\\b"}
///   recipients: {rival: "@rival[.]example$"}
///   explanations: {card-number: Card numbers do not leave the house}
/// ```
final class Dlp implements Mailet {
  private static final String RULES = "dlp.rules";
  private static final String EXPLANATION = "dlp.explanation";
  private static final List<String> SENDERS = List.of("From", "Sender");
  private static final List<String> RECIPIENTS = List.of("To", "Cc", "Bcc");

  private final Settings settings;
  private final List<Rule> rules;

  private Dlp(Settings settings) {
    this.settings = settings;
    this.rules = rules(settings);
  }

  /// One expression and where it is looked for.
  private record Rule(
      String name, String place, Expression expression, BiPredicate<Expression, Mail> test) {
    boolean finds(Mail mail) {
      return test.test(expression, mail);
    }
  }

  private static List<Rule> rules(Settings settings) {
    List<Rule> rules = new ArrayList<>();
    add(rules, "subject", settings.subject, Dlp::isInSubject);
    add(rules, "sender", settings.sender, Dlp::isAmongSenders);
    add(rules, "recipients", settings.recipients, Dlp::isAmongRecipients);
    add(
        rules,
        "content",
        settings.content,
        (expression, mail) ->
            isInSubject(expression, mail) || expression.isInTexts(mail.message()));
    return List.copyOf(rules);
  }

  private static void add(
      List<Rule> rules,
      String place,
      Map<String, Pattern> patterns,
      BiPredicate<Expression, Mail> test) {
    patterns.forEach(
        (name, pattern) -> rules.add(new Rule(name, place, new Expression(pattern), test)));
  }

  @Override
  public Outcome service(Mail mail) {
    if (!isOfTheseDomains(mail)) {
      return new Outcome.Continue(mail);
    }
    Set<String> before = Set.of(mail.attributes().getOrDefault(RULES, "").split(","));
    Map<String, String> found = new LinkedHashMap<>();
    for (Rule rule : rules) {
      if (!before.contains(rule.name) && !found.containsKey(rule.name) && rule.finds(mail)) {
        found.put(rule.name, rule.place);
      }
    }
    return found.isEmpty() ? new Outcome.Continue(mail) : decided(mail, found);
  }

  private Outcome decided(Mail mail, Map<String, String> found) {
    String why = String.join("; ", found.entrySet().stream().map(this::words).toList());
    String known = mail.attributes().getOrDefault(RULES, "");
    String names = String.join(",", found.keySet());
    Mail noted =
        mail.withAttribute(RULES, known.isEmpty() ? names : known + "," + names)
            .withAttribute(EXPLANATION, Fields.oneLine(why));
    return switch (settings.then) {
      case NOTE -> new Outcome.Continue(noted);
      case QUARANTINE ->
          new Outcome.Park(
              noted,
              settings.repository,
              "DLP: " + Fields.oneLine(why),
              settings.processor.map(ProcessorName::value));
    };
  }

  private String words(Map.Entry<String, String> rule) {
    return "rule %s (%s)%s"
        .formatted(
            rule.getKey(),
            rule.getValue(),
            Optional.ofNullable(settings.explanations.get(rule.getKey()))
                .map(text -> ": " + text)
                .orElse(""));
  }

  /// Of the envelope sender or of who submitted it: nobody escapes by leaving one out.
  private boolean isOfTheseDomains(Mail mail) {
    return Stream.concat(mail.sender().stream(), mail.origin().login().stream())
        .map(MailAddress::domain)
        .anyMatch(settings.domains::contains);
  }

  private static boolean isInSubject(Expression expression, Mail mail) {
    return isInFields(expression, mail, List.of("Subject"));
  }

  private static boolean isAmongSenders(Expression expression, Mail mail) {
    return mail.sender().filter(sender -> expression.isIn(sender.toString())).isPresent()
        || mail.origin().login().filter(login -> expression.isIn(login.toString())).isPresent()
        || isInFields(expression, mail, SENDERS);
  }

  private static boolean isAmongRecipients(Expression expression, Mail mail) {
    Expression.Search search = expression.search();
    return mail.addresses().stream().anyMatch(address -> search.isIn(address.toString()))
        || isInFields(expression, mail, RECIPIENTS);
  }

  private static boolean isInFields(Expression expression, Mail mail, Collection<String> names) {
    Expression.Search search = expression.search();
    for (HeaderField field : mail.message().headers()) {
      if (names.stream().anyMatch(field::is) && search.isIn(EncodedWord.decode(field.value()))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum Then {
    QUARANTINE,
    NOTE
  }

  record Settings(
      @Parameter(
              value = "The domains of the senders whose mail is looked at.",
              min = 1,
              example = "[example.org]")
          List<Domain> domains,
      @Parameter("Names of rules, each with an expression that is looked for in the subject.")
          Map<String, Pattern> subject,
      @Parameter(
              "Names of rules, each with an expression that is looked for in the envelope sender,"
                  + " the login, From and Sender.")
          Map<String, Pattern> sender,
      @Parameter(
              "Names of rules, each with an expression that is looked for in each recipient, To, Cc"
                  + " and Bcc.")
          Map<String, Pattern> recipients,
      @Parameter(
              value =
                  "Names of rules, each with an expression that is looked for in the subject and in"
                      + " each line of text.",
              example = "{card-number: \"[0-9]{4}([ -]?[0-9]{4}){3}\"}")
          Map<String, Pattern> content,
      @Parameter("What the operator and the story are told, by the names of the rules.")
          Map<String, String> explanations,
      @Parameter(
              value =
                  "What becomes of what is found: it goes into the repository, or it goes on with"
                      + " notes that later steps ask for.",
              otherwise = "quarantine")
          Then then,
      @Parameter(value = "The repository.", otherwise = "dlp") String repository,
      @Parameter(
              "Where the mail goes on when the operator lets it go; else the operator has to say.")
          Optional<ProcessorName> processor) {
    Settings {
      Set<String> names =
          Stream.of(subject, sender, recipients, content)
              .flatMap(rules -> rules.keySet().stream())
              .collect(Collectors.toSet());
      if (names.isEmpty()) {
        throw new ParameterException(
            "one of the parameters 'subject', 'sender', 'recipients', 'content' is needed");
      }
      for (String name : names) {
        if (!Outcome.Park.isName(name)) {
          throw new ParameterException(
              "a rule is called '%s', but should have up to 50 lower-case letters, digits and dashes"
                  .formatted(name));
        }
      }
      for (String name : explanations.keySet()) {
        if (!names.contains(name)) {
          throw new ParameterException(
              "parameter 'explanations' has '" + name + "', which is no rule");
        }
      }
      if (!Outcome.Park.isName(repository)) {
        throw new ParameterException(
            "parameter 'repository' has up to 50 lower-case letters, digits and dashes");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Dlp",
        "Holds what must not leave, by rules for senders' domains.",
        Settings.class,
        (settings, _) -> new Dlp(settings));
  }
}
