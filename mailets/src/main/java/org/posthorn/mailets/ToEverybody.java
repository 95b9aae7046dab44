package org.posthorn.mailets;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Store;
import org.posthorn.message.Domain;
import org.posthorn.spool.Spool;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.queue.SubmissionKey;

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
  private static final String STORE = "posthorn.everybody";
  private static final int PAGE = 500;

  /// How long a mail may take, with all that it is tried again.
  private static final Duration KEEP = Duration.ofDays(90);

  private final Directory directory;
  private final Spool spool;
  private final Store ends;
  private final List<Domain> domains;
  private final int page;

  private ToEverybody(
      Directory directory, Spool spool, Store ends, List<Domain> domains, int page) {
    this.directory = directory;
    this.spool = spool;
    this.ends = ends;
    this.domains = domains;
    this.page = page;
  }

  @Override
  public Outcome service(Mail mail) {
    if (mail.attributes().containsKey(MARK)) {
      return new Outcome.Continue(mail);
    }
    Mail marked = mail.withAttribute(MARK, "yes");
    long count = 0;
    for (Domain domain : all()) {
      Optional<Page> page = page(mail, domain, "");
      while (page.isPresent()) {
        count += send(marked, domain, page.get());
        page = page(mail, domain, page.get().last());
      }
    }
    return sent(count);
  }

  @Override
  public Outcome rehearse(Mail mail) {
    if (mail.attributes().containsKey(MARK)) {
      return new Outcome.Continue(mail);
    }
    long count = 0;
    for (Domain domain : all()) {
      List<User> users = directory.users().page(domain, "", page);
      while (!users.isEmpty()) {
        count += recipients(users).size();
        users = directory.users().page(domain, users.getLast().login().localPart(), page);
      }
    }
    return sent(count);
  }

  private static Outcome sent(long count) {
    return new Outcome.Finish("sent to everybody: " + count);
  }

  /// The users after the name `after`, up to the name `last`.
  private record Page(String after, String last, List<User> users) {}

  /// The next page of a domain. Where it ends is written down before it is used: whoever comes or
  /// goes while the mail is tried again shifts no page, so nobody gets it twice and nobody is left
  /// out.
  private Optional<Page> page(Mail mail, Domain domain, String after) {
    String key = mail.id().value() + "/" + SubmissionKey.of(domain + " " + after).value();
    Optional<String> known = ends.find(key);
    if (known.isPresent()) {
      return Optional.of(new Page(after, known.get(), upTo(domain, after, known.get())));
    }
    List<User> users = directory.users().page(domain, after, page);
    if (users.isEmpty()) {
      return Optional.empty();
    }
    String last = users.getLast().login().localPart();
    ends.update(draft -> draft.put(key, last, KEEP));
    return Optional.of(new Page(after, last, users));
  }

  /// There may be more than there were, or fewer.
  private List<User> upTo(Domain domain, String after, String last) {
    List<User> beyond = directory.users().page(domain, last, 1);
    List<User> found = new ArrayList<>();
    List<User> next = directory.users().page(domain, after, page);
    while (!next.isEmpty()) {
      for (User user : next) {
        if (!beyond.isEmpty() && user.login().equals(beyond.getFirst().login())) {
          return found;
        }
        found.add(user);
      }
      next = directory.users().page(domain, next.getLast().login().localPart(), page);
    }
    return found;
  }

  private int send(Mail mail, Domain domain, Page page) {
    List<Recipient> recipients = recipients(page.users());
    if (!recipients.isEmpty()) {
      var _ =
          spool.derive(
              mail.id(),
              "everybody of " + domain + " after " + page.after(),
              mail.withRecipients(recipients));
    }
    return recipients.size();
  }

  private static List<Recipient> recipients(List<User> users) {
    return users.stream()
        .filter(user -> user.enabled() && !user.shared())
        .map(user -> Recipient.of(user.login()))
        .toList();
  }

  private List<Domain> all() {
    return directory.domains().all().stream()
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
    private final int page;

    Factory(Directory directory, Spool spool) {
      this(directory, spool, PAGE);
    }

    /// `page`: so many get it in one mail.
    Factory(Directory directory, Spool spool, int page) {
      this.directory = directory;
      this.spool = spool;
      this.page = page;
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
      return new ToEverybody(directory, spool, services.store(STORE), settings.domains, page);
    }
  }
}
