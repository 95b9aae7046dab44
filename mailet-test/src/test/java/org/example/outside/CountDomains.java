package org.example.outside;

import java.time.Duration;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Store;

/// Counts mails for each domain of a sender; each mail once, however often its step is repeated.
final class CountDomains implements MailetFactory<NoParameters> {
  @Override
  public String name() {
    return "CountDomains";
  }

  @Override
  public String summary() {
    return "Counts mails for each domain of a sender.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Mailet create(NoParameters none, Services services) {
    Store store = services.store("example.domains");
    return mail -> {
      store.update(draft -> count(draft, mail));
      return new Outcome.Continue(mail);
    };
  }

  private static void count(Store.Draft draft, Mail mail) {
    String seen = "mail/" + mail.id().value();
    if (draft.find(seen).isEmpty()) {
      String key =
          "domain/" + mail.sender().map(sender -> sender.domain().toString()).orElse("none");
      long before = draft.find(key).map(Long::parseLong).orElse(0L);
      draft.put(key, String.valueOf(before + 1));
      draft.put(seen, "", Duration.ofDays(7));
    }
  }
}
