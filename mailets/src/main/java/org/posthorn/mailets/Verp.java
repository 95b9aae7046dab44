package org.posthorn.mailets;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.spool.returnpath.ReturnPaths;

/// Gives each recipient a return path of its own (VERP), so that a bounce tells whose address is no
/// good, whatever it says. `name` is what the mails are for, such as a list; [Bounces] reads what
/// comes back to `domain`, whose MX is this server. Each recipient gets a mail of its own. Mail
/// without a sender, such as a bounce, stays without one.
///
/// ```yaml
/// - match: SenderIs(news@example.org)
///   mailet: Verp
///   name: news
///   domain: example.org
/// ```
public final class Verp implements Mailet {
  private final ReturnPaths returnPaths;
  private final String name;
  private final Domain domain;

  private Verp(ReturnPaths returnPaths, String name, Domain domain) {
    this.returnPaths = returnPaths;
    this.name = name;
    this.domain = domain;
  }

  @Override
  public Outcome service(Mail mail) {
    if (mail.sender().isEmpty()) {
      return new Outcome.Continue(mail);
    }
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      Mail own = mail.withRecipients(List.of(recipient));
      Mail sent =
          returnPaths
              .forOne(name, recipient.address(), domain)
              .map(path -> own.withSender(Optional.of(path)))
              .orElse(own);
      parts.add(new Outcome.Split.Part(List.of(recipient), new Outcome.Continue(sent)));
    }
    return new Outcome.Split(parts);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "What the mails are for: 1 to 20 of a-z, 0-9 and -.", example = "news")
          String name,
      @Parameter(
              value = "The domain of the return paths, for which this server takes mail.",
              example = "example.org")
          Domain domain) {
    Settings {
      if (!ReturnPaths.isName(name)) {
        throw new ParameterException(
            "parameter 'name' is '%s', but has 1 to 20 of a-z, 0-9 and -".formatted(name));
      } else if (domain.isLiteral()) {
        throw new ParameterException(
            "parameter 'domain' is '%s', which is no domain".formatted(domain));
      }
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    private final ReturnPaths returnPaths;

    Factory(ReturnPaths returnPaths) {
      this.returnPaths = returnPaths;
    }

    @Override
    public String name() {
      return "Verp";
    }

    @Override
    public String summary() {
      return "Gives each recipient a return path of its own, so that bounces tell whose they are.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Verp(returnPaths, settings.name, settings.domain);
    }
  }
}
