package org.posthorn.mailets;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
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

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "RemoveHeader";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      List<String> names = parameters.texts("names");
      if (names.isEmpty()) {
        throw new ParameterException("parameter 'names' is missing: which fields to remove");
      }
      return new RemoveHeader(names);
    }
  }
}
