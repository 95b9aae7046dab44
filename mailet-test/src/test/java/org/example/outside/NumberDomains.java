package org.example.outside;

import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Store;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Gives each mail a running number for each domain of its recipients, and reports once a day, with
/// the first mail of the next day, how many there were.
final class NumberDomains implements MailetFactory<NumberDomains.Settings> {
  private static final Duration MAIL_KEPT = Duration.ofDays(30);
  private static final Duration DAY_KEPT = Duration.ofDays(60);

  record Settings(
      @Parameter("The field with the number.") String header,
      @Parameter("Who gets the report of the day.") MailAddress reportTo,
      @Parameter(value = "When a day begins.", otherwise = "UTC") ZoneId zone) {}

  @Override
  public String name() {
    return "NumberDomains";
  }

  @Override
  public String summary() {
    return "Numbers mails for each domain of a recipient, and reports once a day.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Mailet create(Settings settings, Services services) {
    return new Numbering(settings, services, services.store("example.numbers"));
  }

  private record Numbering(Settings settings, Services services, Store store) implements Mailet {
    @Override
    public Outcome service(Mail mail) {
      if (mail.origin().protocol().equals("local")) {
        return new Outcome.Continue(mail); // Our own report is not counted.
      }
      LocalDate today = LocalDate.ofInstant(services.clock().instant(), settings.zone());
      Map<Domain, List<Recipient>> byDomain =
          mail.recipients().stream()
              .collect(
                  Collectors.groupingBy(
                      one -> one.address().domain(), LinkedHashMap::new, Collectors.toList()));
      List<Outcome.Split.Part> parts = new ArrayList<>();
      byDomain.forEach((domain, recipients) -> {
        String key = "mail/" + mail.id().value() + "/" + domain;
        int number = store.change(draft -> number(draft, domain, today, key));
        parts.add(new Outcome.Split.Part(recipients, stamped(mail, recipients, number)));
      });
      report(mail, today.minusDays(1));
      return new Outcome.Split(parts);
    }

    /// Twice gives the same number as once.
    @Override
    public boolean repeatable() {
      return true;
    }

    private Outcome stamped(Mail mail, List<Recipient> recipients, int number) {
      return new Outcome.Continue(
          mail.withRecipients(recipients)
              .withMessage(mail.message().withHeader(settings.header(), String.valueOf(number))));
    }

    private static int number(Store.Draft draft, Domain domain, LocalDate day, String mail) {
      Optional<String> known = draft.find(mail);
      if (known.isPresent()) {
        return Integer.parseInt(known.get());
      }
      int next = draft.find("last/" + domain).map(Integer::parseInt).orElse(0) + 1;
      draft.put("last/" + domain, String.valueOf(next));
      draft.put(mail, String.valueOf(next), MAIL_KEPT);
      String ofDay = "day/" + day + "/" + domain;
      int count = draft.find(ofDay).map(Integer::parseInt).orElse(0) + 1;
      draft.put(ofDay, String.valueOf(count), DAY_KEPT);
      return next;
    }

    /// The first mail that asks makes the report, and makes it again when its step is repeated: the
    /// server takes it once.
    private void report(Mail mail, LocalDate day) {
      List<Store.Entry> counts = store.list("day/" + day + "/", Optional.empty(), Store.LIST_MAX);
      String reporter = "report/" + day;
      if (counts.isEmpty()
          || store.find(reporter).filter(id -> !id.equals(mail.id().value())).isPresent()) {
        return;
      }
      String chosen =
          store.change(draft -> {
            String id = draft.find(reporter).orElse(mail.id().value());
            draft.put(reporter, id, DAY_KEPT);
            return id;
          });
      if (chosen.equals(mail.id().value())) {
        services
            .submission()
            .submit(
                mail.id(),
                "numbers of " + day,
                Optional.empty(),
                List.of(Recipient.of(settings.reportTo())),
                text(day, counts));
      }
    }

    private String text(LocalDate day, List<Store.Entry> counts) {
      return """
      From: Numbers <postmaster@%s>
      To: <%s>
      Subject: Mail of %s
      Auto-Submitted: auto-generated

      %s
      """
          .formatted(
              services.hostname(),
              settings.reportTo(),
              day,
              counts.stream()
                  .map(one ->
                      one.key().substring(one.key().lastIndexOf('/') + 1) + ": " + one.value())
                  .collect(Collectors.joining("\n")));
    }
  }
}
