package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;

/// Matchers that look at the addresses of the envelope, and at how many there are.
final class AddressMatchers {
  private AddressMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        recipientMatches(),
        senderMatches(),
        senderHostIs(),
        localPartIs(),
        isSingleRecipient(),
        recipientCountOver());
  }

  record RecipientPattern(
      @Parameter(
              value = "Looked for anywhere in the address, in any case; ^ and $ are its ends.",
              example = "^sales-.*@example.org$")
          Pattern pattern) {}

  /// Recipients in whose address the expression is found: `RecipientMatches(^sales-.*@)`.
  private static MatcherFactory<?> recipientMatches() {
    return Shipped.ofRecipients(
        "RecipientMatches",
        "Recipients whose address fits a regular expression.",
        RecipientPattern.class,
        settings -> {
          var expression = new Expression(settings.pattern);
          return recipient -> expression.isIn(recipient.address().toString());
        });
  }

  record SenderPattern(
      @Parameter(
              value = "Looked for anywhere in the address, in any case; ^ and $ are its ends.",
              example = "^no-?reply@")
          Pattern pattern) {}

  /// Mail in whose envelope sender the expression is found: `SenderMatches(^news)`.
  private static MatcherFactory<?> senderMatches() {
    return Shipped.ofMails(
        "SenderMatches",
        "Mail whose envelope sender fits a regular expression.",
        SenderPattern.class,
        settings -> {
          var expression = new Expression(settings.pattern);
          return mail -> mail.sender().filter(one -> expression.isIn(one.toString())).isPresent();
        });
  }

  record Domains(
      @Parameter(value = "The domains.", min = 1, example = "example.org, example.net")
          List<Domain> domains) {}

  /// Mail from one of these domains: `SenderHostIs(example.org)`.
  private static MatcherFactory<?> senderHostIs() {
    return Shipped.ofMails(
        "SenderHostIs",
        "Mail whose envelope sender is in one of these domains.",
        Domains.class,
        settings -> {
          Set<Domain> domains = Set.copyOf(settings.domains);
          return mail -> mail.sender().filter(one -> domains.contains(one.domain())).isPresent();
        });
  }

  record LocalParts(
      @Parameter(
              value = "What may stand before the @, in any case.",
              min = 1,
              example = "abuse, postmaster")
          List<String> names) {}

  /// Recipients of these names in whatever domain: `LocalPartIs(abuse, postmaster)`.
  private static MatcherFactory<?> localPartIs() {
    return Shipped.ofRecipients(
        "LocalPartIs",
        "Recipients with one of these names before the @, in any domain.",
        LocalParts.class,
        AddressMatchers::hasName);
  }

  private static Predicate<Recipient> hasName(LocalParts settings) {
    Set<String> names =
        settings.names.stream().map(AddressMatchers::key).collect(Collectors.toUnmodifiableSet());
    return recipient -> names.contains(key(recipient.address().localPart()));
  }

  private static String key(String localPart) {
    return localPart.toLowerCase(Locale.ROOT);
  }

  /// Mail that comes to the step with one recipient: `IsSingleRecipient`.
  private static MatcherFactory<?> isSingleRecipient() {
    return Shipped.ofMails(
        "IsSingleRecipient",
        "Mail that comes to the step with one recipient only.",
        NoParameters.class,
        _ -> mail -> mail.recipients().size() == 1);
  }

  record Count(@Parameter(value = "How many may be.", min = 0, example = "50") int count) {}

  /// Mail that comes to the step with more recipients: `RecipientCountOver(50)`.
  private static MatcherFactory<?> recipientCountOver() {
    return Shipped.ofMails(
        "RecipientCountOver",
        "Mail that comes to the step with more than so many recipients.",
        Count.class,
        settings -> mail -> mail.recipients().size() > settings.count);
  }
}
