package org.posthorn.mailets;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Takes all header fields of some names out of the message.
///
/// ```yaml
/// - mailet: RemoveHeader
///   names: [X-Originating-IP, X-Mailer]
/// ```
public final class RemoveHeader implements Mailet {
  private final Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private RemoveHeader(List<String> names) {
    this.names.addAll(names);
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(
        mail.withMessage(mail.message().withoutHeaders(field -> names.contains(field.name()))));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The names of the fields, in any case.",
              min = 1,
              example = "[X-Originating-IP, X-Mailer]")
          List<String> names) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "RemoveHeader";
    }

    @Override
    public String summary() {
      return "Takes header fields out of the message.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new RemoveHeader(settings.names);
    }
  }
}
