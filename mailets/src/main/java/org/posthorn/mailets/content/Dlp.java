package org.posthorn.mailets.content;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.extract.DocumentTexts;

/// Finds what must not leave (data loss prevention): rules for mail of some senders' domains, each
/// a regular expression that is looked for in the subject, in the text and the attachments, among
/// the senders or among the recipients. What a rule finds goes into a repository with the rule's
/// name and explanation, and an operator decides; what was let go there is not held by the same
/// rules again.
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

  /// The rules by which a mail went into a repository: whatever comes out, an operator let go.
  private static final String HELD = "dlp.held";

  private static final String EXPLANATION = "dlp.explanation";

  /// Names of files are in it, and leave room for other notes.
  private static final int WHY_MAX = 800;

  private static final String UNREADABLE = "unreadable";

  private final Settings settings;
  private final DlpRules rules;

  private Dlp(Settings settings, DocumentTexts documents) {
    this.settings = settings;
    this.rules =
        new DlpRules(settings, settings.attachments ? Optional.of(documents) : Optional.empty());
  }

  @Override
  public Outcome service(Mail mail) {
    if (!isOfTheseDomains(mail)) {
      return new Outcome.Continue(mail);
    }
    Set<String> before = names(mail, HELD);
    DlpRules.Found found = rules.find(mail, before);
    Map<String, String> reasons = new LinkedHashMap<>();
    found.places().forEach((rule, place) -> reasons.put(rule, words(rule, place)));
    boolean hold = settings.then == Then.QUARANTINE && !reasons.isEmpty();
    if (!found.unreadable().isEmpty()
        && settings.unreadable != Unreadable.PASS
        && !before.contains(UNREADABLE)) {
      reasons.put(UNREADABLE, "could not look into " + String.join(", ", found.unreadable()));
      hold |= settings.unreadable == Unreadable.HOLD;
    }
    return reasons.isEmpty() ? new Outcome.Continue(mail) : decided(mail, reasons, hold);
  }

  private Outcome decided(Mail mail, Map<String, String> reasons, boolean hold) {
    String all = Fields.oneLine(String.join("; ", reasons.values()));
    String why = all.length() <= WHY_MAX ? all : all.substring(0, WHY_MAX) + "…";
    Mail noted = with(mail, RULES, reasons.keySet()).withAttribute(EXPLANATION, why);
    return hold
        ? new Outcome.Park(
            with(noted, HELD, reasons.keySet()),
            settings.repository,
            "DLP: " + why,
            settings.processor.map(ProcessorName::value))
        : new Outcome.Continue(noted);
  }

  private static Mail with(Mail mail, String note, Set<String> more) {
    Set<String> all = names(mail, note);
    all.addAll(more);
    return mail.withAttribute(note, String.join(",", all));
  }

  private static Set<String> names(Mail mail, String note) {
    String names = mail.attributes().getOrDefault(note, "");
    return names.isEmpty() ? new LinkedHashSet<>() : new LinkedHashSet<>(List.of(names.split(",")));
  }

  private String words(String rule, String place) {
    return "rule %s (%s)%s"
        .formatted(
            rule,
            place,
            Optional.ofNullable(settings.explanations.get(rule))
                .map(text -> ": " + text)
                .orElse(""));
  }

  /// Of the envelope sender or of who submitted it: nobody escapes by leaving one out.
  private boolean isOfTheseDomains(Mail mail) {
    return Stream.concat(mail.sender().stream(), mail.origin().login().stream())
        .map(MailAddress::domain)
        .anyMatch(settings.domains::contains);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum Then {
    QUARANTINE,
    NOTE
  }

  enum Unreadable {
    HOLD,
    NOTE,
    PASS
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
                  "Names of rules, each with an expression that is looked for in the subject, in"
                      + " each line of text and in the text of attachments.",
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
      @Parameter(
              value =
                  "Whether attached documents, lists and ZIP archives are looked into as well; else"
                      + " texts only.",
              otherwise = "true")
          boolean attachments,
      @Parameter(
              value =
                  "What becomes of mail with something in it that cannot be looked into, such as an"
                      + " encrypted archive: it goes into the repository, or on with notes, or on.",
              otherwise = "note")
          Unreadable unreadable,
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
        if (name.equals(UNREADABLE)) {
          throw new ParameterException(
              "a rule cannot be called 'unreadable': that is the name of what cannot be looked into");
        }
        if (!Outcome.Park.isName(name)) {
          throw new ParameterException(
              "a rule is called '%s', but should have up to 50 lower-case letters, digits and dashes"
                  .formatted(name));
        }
      }
      if (unreadable == Unreadable.HOLD && content.isEmpty()) {
        throw new ParameterException(
            "parameter 'unreadable' is 'hold', but no rule under 'content' looks into anything");
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

  static MailetFactory<Settings> factory(DocumentTexts documents) {
    return new Made<>(
        "Dlp",
        "Holds what must not leave, by rules for senders' domains.",
        Settings.class,
        (settings, _) -> new Dlp(settings, documents));
  }
}
