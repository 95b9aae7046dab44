package org.posthorn.mailets;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.spool.Spool;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.User;

/// Sends the mail to everybody who has a login here and may receive, or to those in some domains,
/// instead of to its recipients. They get it in mails of some hundred recipients that share the
/// stored message and start in `root`. Mail that went to everybody once does not do so again.
///
/// ```yaml
/// - match: RecipientIs(everybody@example.org) and LoginIs(office@example.org)
///   mailet: ToEverybody
///   domains: [example.org]
/// ```
final class ToEverybody implements Mailet {
  private static final String MARK = "everybody";
  private static final int PAGE = 500;

  private final Directory directory;
  private final Spool spool;
  private final List<Domain> domains;

  private ToEverybody(Directory directory, Spool spool, List<Domain> domains) {
    this.directory = directory;
    this.spool = spool;
    this.domains = domains;
  }

  private interface Taker {
    void take(String purpose, List<Recipient> recipients);
  }

  @Override
  public Outcome service(Mail mail) {
    return lead(
        mail,
        (purpose, recipients) -> {
          var _ =
              spool.derive(
                  mail.id(), purpose, mail.withRecipients(recipients).withAttribute(MARK, "yes"));
        });
  }

  @Override
  public Outcome rehearse(Mail mail) {
    return lead(mail, (_, _) -> {});
  }

  private Outcome lead(Mail mail, Taker taker) {
    if (mail.attributes().containsKey(MARK)) {
      return new Outcome.Continue(mail);
    }
    long count = 0;
    for (Domain domain : all()) {
      List<User> users = directory.users(domain, "", PAGE);
      while (!users.isEmpty()) {
        String first = users.getFirst().login().toString();
        List<Recipient> recipients =
            users.stream()
                .filter(user -> user.enabled() && !user.shared())
                .map(user -> Recipient.of(user.login()))
                .toList();
        if (!recipients.isEmpty()) {
          taker.take("everybody from " + first, recipients);
          count += recipients.size();
        }
        users = directory.users(domain, users.getLast().login().localPart(), PAGE);
      }
    }
    return new Outcome.Finish("sent to everybody: " + count);
  }

  private List<Domain> all() {
    return directory.domains().stream()
        .map(DomainInfo::domain)
        .filter(domain -> domains.isEmpty() || domains.contains(domain))
        .toList();
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "Only those in these domains; in all of this server if none is named.",
              example = "[example.org]")
          List<Domain> domains) {}

  static final class Factory implements MailetFactory<Settings> {
    private final Directory directory;
    private final Spool spool;

    Factory(Directory directory, Spool spool) {
      this.directory = directory;
      this.spool = spool;
    }

    @Override
    public String name() {
      return "ToEverybody";
    }

    @Override
    public String summary() {
      return "Sends the mail to everybody here.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new ToEverybody(directory, spool, settings.domains);
    }
  }
}
