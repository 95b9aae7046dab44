package org.posthorn.mailets.content;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.posthorn.mailet.Mail;
import org.posthorn.mailets.match.Expression;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.extract.DocumentTexts;

/// The rules of a [Dlp]: expressions, and where each is looked for. Immutable.
final class DlpRules {
  private static final List<String> SENDERS = List.of("From", "Sender");
  private static final List<String> RECIPIENTS = List.of("To", "Cc", "Bcc");
  private static final List<String> SUBJECT = List.of("Subject");
  private static final int UNREADABLE_MAX = 10;

  private final List<Rule> rules;
  private final Optional<DocumentTexts> documents;

  DlpRules(Dlp.Settings settings, Optional<DocumentTexts> documents) {
    List<Rule> all = new ArrayList<>();
    add(all, Place.SUBJECT, settings.subject());
    add(all, Place.SENDER, settings.sender());
    add(all, Place.RECIPIENTS, settings.recipients());
    add(all, Place.CONTENT, settings.content());
    this.rules = List.copyOf(all);
    this.documents = documents;
  }

  private static void add(List<Rule> rules, Place place, Map<String, Pattern> patterns) {
    patterns.forEach((name, pattern) -> rules.add(new Rule(name, place, new Expression(pattern))));
  }

  enum Place {
    SUBJECT,
    SENDER,
    RECIPIENTS,
    CONTENT
  }

  private record Rule(String name, Place place, Expression expression) {}

  /// Where each rule found something, by the rules' names; and what could not be looked into.
  record Found(Map<String, String> places, List<String> unreadable) {}

  /// What the rules find, but for those of these names.
  Found find(Mail mail, Set<String> without) {
    Map<String, String> places = new LinkedHashMap<>();
    List<Rule> ofTexts = new ArrayList<>();
    for (Rule rule : rules) {
      if (without.contains(rule.name) || places.containsKey(rule.name)) {
        continue;
      }
      Optional<String> place = inEnvelope(rule, mail);
      place.ifPresent(found -> places.put(rule.name, found));
      if (place.isEmpty() && rule.place == Place.CONTENT) {
        ofTexts.add(rule);
      }
    }
    var search = new TextSearch(ofTexts, places);
    if (!ofTexts.isEmpty()) {
      MailTexts.visit(mail.message(), documents, search);
    }
    return new Found(places, search.unreadable);
  }

  private static Optional<String> inEnvelope(Rule rule, Mail mail) {
    boolean found =
        switch (rule.place) {
          case SUBJECT, CONTENT -> isInFields(rule.expression, mail, SUBJECT);
          case SENDER -> isAmongSenders(rule.expression, mail);
          case RECIPIENTS -> isAmongRecipients(rule.expression, mail);
        };
    return found
        ? Optional.of(
            switch (rule.place) {
              case SUBJECT, CONTENT -> "subject";
              case SENDER -> "sender";
              case RECIPIENTS -> "recipients";
            })
        : Optional.empty();
  }

  /// Looks for all rules in one text after the other.
  private static final class TextSearch implements MailTexts.Visitor {
    private final Map<Rule, Expression.Search> left = new LinkedHashMap<>();
    private final Map<String, String> places;
    private final List<String> unreadable = new ArrayList<>();

    TextSearch(List<Rule> rules, Map<String, String> places) {
      rules.forEach(rule -> left.put(rule, rule.expression.search()));
      this.places = places;
    }

    @Override
    public void text(String where, String text) {
      left.entrySet()
          .removeIf(rule -> {
            boolean found = text.lines().anyMatch(rule.getValue()::isInLine);
            if (found) {
              places.putIfAbsent(rule.getKey().name, where);
            }
            return found;
          });
    }

    @Override
    public void unreadable(String where, String why) {
      if (unreadable.size() < UNREADABLE_MAX) {
        unreadable.add(where + ": " + why);
      }
    }

    @Override
    public boolean isDone() {
      return left.isEmpty();
    }
  }

  private static boolean isAmongSenders(Expression expression, Mail mail) {
    return mail.sender().filter(sender -> expression.isIn(sender.toString())).isPresent()
        || mail.origin().login().filter(login -> expression.isIn(login.toString())).isPresent()
        || isInFields(expression, mail, SENDERS);
  }

  private static boolean isAmongRecipients(Expression expression, Mail mail) {
    Expression.Search search = expression.search();
    return mail.addresses().stream().map(MailAddress::toString).anyMatch(search::isIn)
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
}
